/**
 * What a change of a service's spec means: whether it needs a new revision, what the stored service becomes
 * ({@link dev.muster.manager.revision.SpecChange}), and which running tasks it makes outdated
 * ({@link dev.muster.manager.revision.Dirtiness}).
 *
 * <p>May depend on {@code dev.muster.api} and placement rules. Pure. Start reading at
 * {@link dev.muster.manager.revision.SpecChange}.
 */
@NullMarked
package dev.muster.manager.revision;

import org.jspecify.annotations.NullMarked;
