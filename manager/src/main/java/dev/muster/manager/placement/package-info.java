/**
 * What makes a node fit for a task, as rules over single objects: constraint expressions, platforms, and what is left
 * of a node's resources. Used by whoever chooses nodes or checks a choice: scheduler, global services, constraint
 * enforcer, and the control API, which validates expressions.
 *
 * <p>May depend on {@code dev.muster.api} only. Pure. Start reading at
 * {@link dev.muster.manager.placement.Constraints}.
 */
@NullMarked
package dev.muster.manager.placement;

import org.jspecify.annotations.NullMarked;
