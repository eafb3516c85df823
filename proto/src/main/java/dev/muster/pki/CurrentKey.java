package dev.muster.pki;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Hands the node's key and certificate of the moment to each handshake. A handshake asks for an alias, then for the key
 * and the chain of that alias; the alias numbers the identity, and the former one is kept, so that a replacement in
 * between does not mix the two.
 */
final class CurrentKey extends X509ExtendedKeyManager {
    private record Held(String alias, NodeIdentity identity) {}

    private record Pair(Held current, @Nullable Held former) {}

    private volatile Pair pair;
    private long number;

    CurrentKey(NodeIdentity first) {
        this.pair = new Pair(new Held("node-0", first), null);
    }

    NodeIdentity identity() {
        return pair.current().identity();
    }

    synchronized void replace(NodeIdentity next) {
        number++;
        pair = new Pair(new Held("node-" + number, next), pair.current());
    }

    private @Nullable NodeIdentity byAlias(String alias) {
        var now = pair;
        if (now.current().alias().equals(alias)) {
            return now.current().identity();
        }
        var former = now.former();
        return former != null && former.alias().equals(alias) ? former.identity() : null;
    }

    private @Nullable String aliasFor(String... keyTypes) {
        for (var type : keyTypes) {
            if (type.startsWith("EC")) {
                return pair.current().alias();
            }
        }
        return null;
    }

    @Override
    public @Nullable String chooseEngineClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return aliasFor(keyTypes);
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return aliasFor(keyType);
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return aliasFor(keyTypes);
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return aliasFor(keyType);
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
        var identity = byAlias(alias);
        return identity == null ? null : identity.chain().toArray(X509Certificate[]::new);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
        var identity = byAlias(alias);
        return identity == null ? null : identity.key();
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        var alias = aliasFor(keyType);
        return alias == null ? null : new String[] {alias};
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        return getClientAliases(keyType, issuers);
    }
}
