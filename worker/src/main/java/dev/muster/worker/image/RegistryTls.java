package dev.muster.worker.image;

import dev.muster.worker.image.RegistryEndpoint.ClientKey;
import dev.muster.worker.image.RegistryEndpoint.TlsSettings;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;

/**
 * TLS to one registry: the host's authorities and the configured ones, and the client's key where one is configured.
 */
final class RegistryTls {

    private RegistryTls() {}

    static SSLContext context(TlsSettings settings) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys(settings.clientKeys()), trust(settings), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new ImageFailure(
                    ImageFailure.Kind.CONFIGURATION,
                    "a registry's certificates or keys cannot be used: " + e.getMessage() + " (" + settings + ")",
                    e);
        }
    }

    private static TrustManager[] trust(TlsSettings settings) throws GeneralSecurityException, IOException {
        if (settings.skipVerify()) {
            return new TrustManager[] {new TrustEverything()};
        }
        KeyStore anchors = emptyStore();
        for (TrustManager manager : factory(null).getTrustManagers()) {
            if (manager instanceof X509TrustManager hostAuthorities) {
                for (X509Certificate each : hostAuthorities.getAcceptedIssuers()) {
                    anchors.setCertificateEntry("host-" + anchors.size(), each);
                }
            }
        }
        for (Path file : settings.authorities()) {
            for (Certificate each : certificates(file)) {
                anchors.setCertificateEntry("configured-" + anchors.size(), each);
            }
        }
        return factory(anchors).getTrustManagers();
    }

    private static TrustManagerFactory factory(@org.jspecify.annotations.Nullable KeyStore anchors)
            throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(anchors);
        return factory;
    }

    private static KeyManager @org.jspecify.annotations.Nullable [] keys(List<ClientKey> keys)
            throws GeneralSecurityException, IOException {
        if (keys.isEmpty()) {
            return null;
        }
        KeyStore store = emptyStore();
        char[] password = new char[0];
        for (ClientKey each : keys) {
            PrivateKey key = privateKey(each.key().orElse(each.certificate()));
            store.setKeyEntry(
                    "client-" + store.size(),
                    key,
                    password,
                    certificates(each.certificate()).toArray(Certificate[]::new));
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, password);
        return factory.getKeyManagers();
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        return store;
    }

    private static List<Certificate> certificates(Path file) throws GeneralSecurityException, IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return new ArrayList<>(CertificateFactory.getInstance("X.509").generateCertificates(in));
        }
    }

    /** In any of the forms that openssl writes, without a passphrase; certificates before it are skipped. */
    private static PrivateKey privateKey(Path file) throws IOException {
        try (Reader in = Files.newBufferedReader(file);
                PEMParser parser = new PEMParser(in)) {
            for (Object each = parser.readObject(); each != null; each = parser.readObject()) {
                if (each instanceof PEMKeyPair pair) {
                    return new JcaPEMKeyConverter().getPrivateKey(pair.getPrivateKeyInfo());
                }
                if (each instanceof PrivateKeyInfo key) {
                    return new JcaPEMKeyConverter().getPrivateKey(key);
                }
            }
        }
        throw new IOException("no private key without passphrase in " + file);
    }

    /** For skip_verify: also no check of the host's name, which this class's kind of trust manager takes over. */
    private static final class TrustEverything extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
