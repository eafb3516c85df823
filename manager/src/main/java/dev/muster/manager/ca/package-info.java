/**
 * How nodes get and renew their certificates: {@link dev.muster.manager.ca.NodeCaEndpoint} serves what
 * {@link dev.muster.manager.ca.NodeAdmission} decides. A join token admits a node in the token's role; a certificate
 * renews itself; a removed node gets nothing.
 *
 * <p>May depend on {@code state}, {@code write}, {@code settings}, {@code dev.muster.api}, {@code dev.muster.pki} and
 * gRPC. Start reading at {@link dev.muster.manager.ca.NodeAdmission}.
 */
@NullMarked
package dev.muster.manager.ca;

import org.jspecify.annotations.NullMarked;
