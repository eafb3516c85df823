package dev.muster.manager.trust;

import dev.muster.api.ExternalCa;
import dev.muster.pki.PeerIdentity;
import java.security.cert.X509Certificate;
import java.util.List;

/** Boundary to authorities outside, which have the root's key. Blocks; any thread. */
public interface OutsideAuthority {
    /** For managers that have none: simulation. */
    OutsideAuthority NONE = new OutsideAuthority() {
        @Override
        public List<X509Certificate> sign(
                ExternalCa authority, X509Certificate root, byte[] request, PeerIdentity subject) {
            throw TrustFailure.temporary("there is no way to external CAs here");
        }

        @Override
        public X509Certificate crossSign(ExternalCa authority, X509Certificate root, byte[] request, String name) {
            throw TrustFailure.temporary("there is no way to external CAs here");
        }

        @Override
        public void reach(ExternalCa authority, X509Certificate root) {
            throw TrustFailure.temporary("there is no way to external CAs here");
        }
    };

    /**
     * A node's certificate, leaf first, without the root. Checked by the caller.
     *
     * @param root whose key the authority has; also what its own server is trusted by
     * @throws TrustFailure if it signs nothing
     */
    List<X509Certificate> sign(ExternalCa authority, X509Certificate root, byte[] request, PeerIdentity subject);

    /** The certificate of another root, of that common name, signed by this one. */
    X509Certificate crossSign(ExternalCa authority, X509Certificate root, byte[] request, String name);

    /** Fails if nobody who is trusted answers there. */
    void reach(ExternalCa authority, X509Certificate root);
}
