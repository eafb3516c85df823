/**
 * What users ask of a cluster: every call of {@code control.proto} as a method, callable in process and, through
 * {@link dev.muster.manager.control.ControlEndpoint}, over gRPC by other managers.
 *
 * <p>A call reads the state, checks the request, and puts what is to change into one change set: all of it happens or
 * nothing ({@link dev.muster.manager.control.Transactions}). Refusals are
 * {@link dev.muster.manager.control.ControlFailure}s in swarm's words. What this version cannot do yet is refused by
 * name, never ignored.
 *
 * <p>May depend on {@code state}, {@code dev.muster.api}, {@code dev.muster.http} (codes only) and gRPC; never on its
 * siblings, which it meets in the state. Images are resolved through {@link dev.muster.manager.control.ImageResolver},
 * logs read through {@link dev.muster.manager.control.LogSource}. Start reading at
 * {@link dev.muster.manager.control.Control}, then {@link dev.muster.manager.control.Services}.
 */
@NullMarked
package dev.muster.manager.control;

import org.jspecify.annotations.NullMarked;
