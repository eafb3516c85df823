/**
 * Who may make which call between nodes: {@link dev.muster.manager.access.AccessRules} is the whole table,
 * {@link dev.muster.manager.access.AccessInterceptor} holds every call against it.
 *
 * <p>May depend on {@code state}, {@code dev.muster.api}, {@code dev.muster.pki} and gRPC. Start reading at
 * {@code AccessRules}.
 */
@NullMarked
package dev.muster.manager.access;

import org.jspecify.annotations.NullMarked;
