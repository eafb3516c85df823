/**
 * Who may talk to whom: the cluster's certificate authority, join tokens, a node's identity, and TLS that follows it.
 *
 * <p>A cluster has one root ({@link dev.muster.pki.CertificateAuthority}). A node's certificate names the node (CN), its
 * role (OU) and its cluster (O); {@link dev.muster.pki.PeerIdentity} is those three. A {@link dev.muster.pki.JoinToken}
 * pins the root by its digest and carries the secret of a role; {@link dev.muster.pki.Enrollment} trades it for a
 * {@link dev.muster.pki.NodeIdentity}, which lives in a directory. {@link dev.muster.pki.TlsContexts} serves and dials
 * with the identity of the moment: replacing it drops no connection. {@link dev.muster.pki.CertificateRenewer} replaces
 * it well before it expires.
 *
 * <p>May depend on {@code dev.muster.api}, Bouncy Castle (building certificates only), gRPC and Netty. Start reading at
 * {@code PeerIdentity}, then {@code TlsContexts}.
 */
@NullMarked
package dev.muster.pki;

import org.jspecify.annotations.NullMarked;
