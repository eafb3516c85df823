/**
 * How nodes get and renew their certificates: {@link dev.muster.manager.ca.NodeCaEndpoint} serves what
 * {@link dev.muster.manager.ca.NodeAdmission} decides. A join token admits a node in the token's role; a certificate
 * renews itself; a removed node gets nothing. {@link dev.muster.manager.ca.RootRotationLoop} moves all nodes from one root
 * to the next.
 *
 * <p>May depend on {@code state}, {@code loop}, {@code write}, {@code trust}, {@code dev.muster.api},
 * {@code dev.muster.pki} and gRPC. Start reading at {@link dev.muster.manager.ca.NodeAdmission}.
 */
@NullMarked
package dev.muster.manager.ca;

import org.jspecify.annotations.NullMarked;
