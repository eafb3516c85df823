/**
 * The cluster's settings with what absent means filled in, in one place for all who act on them. May depend on
 * {@code dev.muster.api} only. Pure. Start reading at {@link dev.muster.manager.settings.ClusterSettings}.
 */
@NullMarked
package dev.muster.manager.settings;

import org.jspecify.annotations.NullMarked;
