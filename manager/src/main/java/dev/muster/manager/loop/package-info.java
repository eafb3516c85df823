/**
 * How managers act: a {@link dev.muster.manager.loop.ControlLoop} decides in a pure function what to change;
 * {@link dev.muster.manager.loop.LoopDriver} carries one pass of it out; {@link dev.muster.manager.loop.LeaderTerm} owns
 * everything that runs while this manager leads, and ends all of it.
 *
 * <p>May depend on {@code dev.muster.manager.state} and {@code dev.muster.api}. Start reading at
 * {@link dev.muster.manager.loop.ControlLoop}.
 */
@NullMarked
package dev.muster.manager.loop;

import org.jspecify.annotations.NullMarked;
