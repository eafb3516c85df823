package dev.muster.trust;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/**
 * A certificate authority of its own, which answers cfssl's {@code sign} over HTTPS. Its own certificate is under its root, for
 * the address that it listens on. It remembers what it was asked, and by whom.
 */
final class CfsslServer implements AutoCloseable {
    static final String PATH = "/api/v1/cfssl/sign";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration ROOT_LIFETIME = Duration.ofDays(3650);

    /** As cfssl dates certificates back. */
    private static final Duration BACKDATED = Duration.ofMinutes(5);

    private final SecureRandom random = new SecureRandom();
    private final String address;
    private volatile Duration lifetime;
    private final KeyPair keys;
    private final X509Certificate root;
    private final HttpsServer server;
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private volatile boolean refusing;

    private CfsslServer(String address, int port, Duration lifetime) throws Exception {
        this.address = address;
        this.lifetime = lifetime;
        this.keys = keyPair();
        var name = new X500Name("CN=Outside CA");
        this.root = sign(name, name, keys.getPublic(), ROOT_LIFETIME, List.of(), true);
        this.server = HttpsServer.create(new InetSocketAddress(address, port), 16);
        server.setHttpsConfigurator(new HttpsConfigurator(tls()) {
            @Override
            public void configure(HttpsParameters parameters) {
                var wanted = getSSLContext().getDefaultSSLParameters();
                wanted.setWantClientAuth(true);
                parameters.setSSLParameters(wanted);
            }
        });
        server.createContext(PATH, this::answer);
        server.start();
    }

    /** Listens when this returns. */
    static CfsslServer start(String address, int port, Duration lifetime) throws Exception {
        return new CfsslServer(address, port, lifetime);
    }

    String url() {
        return "https://" + address + ":" + server.getAddress().getPort() + PATH;
    }

    X509Certificate root() {
        return root;
    }

    String rootPem() throws IOException {
        return pem(root);
    }

    /** {@code CN OU O by CALLER} of each certificate that was signed; {@code nobody} showed no certificate. */
    List<String> asked() {
        return List.copyOf(asked);
    }

    /** Of certificates from now on. */
    void signFor(Duration next) {
        lifetime = next;
    }

    void refuse(boolean all) {
        refusing = all;
    }

    private static KeyPair keyPair() throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private SSLContext tls() throws Exception {
        var own = keyPair();
        var certificate = sign(
                name("CN=cfssl"),
                new X500Name("CN=Outside CA"),
                own.getPublic(),
                ROOT_LIFETIME,
                List.of(new GeneralName(GeneralName.iPAddress, address)),
                false);
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        store.setKeyEntry("own", own.getPrivate(), new char[0], new X509Certificate[] {certificate});
        store.setCertificateEntry("root", root);
        var keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keyManagers.init(store, new char[0]);
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(keyManagers.getKeyManagers(), trust.getTrustManagers(), random);
        return context;
    }

    private static X500Name name(String text) {
        return new X500Name(text);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!exchange.getRequestMethod().equals("POST")) {
                exchange.sendResponseHeaders(405, -1);
                return;
            }
            var response = JSON.createObjectNode();
            var status = 200;
            try {
                if (refusing) {
                    throw new IllegalArgumentException("Policy violation request");
                }
                var certificate = sign(JSON.readTree(exchange.getRequestBody()), caller(exchange));
                response.put("success", true).putObject("result").put("certificate", pem(certificate));
            } catch (GeneralSecurityException
                    | OperatorCreationException
                    | PKCSException
                    | IllegalArgumentException e) {
                status = 400;
                response.put("success", false);
                response.putArray("errors").addObject().put("code", 5100).put("message", e.getMessage());
            }
            var body = response.toString().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private static String caller(HttpExchange exchange) {
        try {
            var session = ((HttpsExchange) exchange).getSSLSession();
            return ((X509Certificate) session.getPeerCertificates()[0])
                    .getSubjectX500Principal()
                    .getName();
        } catch (SSLPeerUnverifiedException e) {
            return "nobody";
        }
    }

    private X509Certificate sign(JsonNode request, String caller)
            throws GeneralSecurityException, OperatorCreationException, PKCSException, IOException {
        PublicKey key;
        try (var parser = new PEMParser(
                new StringReader(request.path("certificate_request").asText()))) {
            if (!(parser.readObject() instanceof PKCS10CertificationRequest csr)) {
                throw new IllegalArgumentException("no certificate request");
            }
            key = new JcaPKCS10CertificationRequest(csr).getPublicKey();
            if (!csr.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
                throw new IllegalArgumentException("the request is not signed by its key");
            }
        }
        var subject = request.path("subject");
        var names = subject.path("names").path(0);
        var name = new X500NameBuilder(BCStyle.INSTANCE);
        if (names.has("O")) {
            name.addRDN(BCStyle.O, names.path("O").asText());
        }
        if (names.has("OU")) {
            name.addRDN(BCStyle.OU, names.path("OU").asText());
        }
        name.addRDN(BCStyle.CN, subject.path("CN").asText());
        var hosts = new ArrayList<GeneralName>();
        request.path("hosts").forEach(host -> hosts.add(new GeneralName(GeneralName.dNSName, host.asText())));
        var authority = request.path("profile").asText().equals("CA");
        asked.add(name.build() + (authority ? " as a CA" : "") + " by " + caller);
        return sign(
                name.build(),
                new X500Name("CN=Outside CA"),
                key,
                authority ? ROOT_LIFETIME : lifetime,
                hosts,
                authority);
    }

    private X509Certificate sign(
            X500Name subject,
            X500Name issuer,
            PublicKey key,
            Duration living,
            List<GeneralName> hosts,
            boolean authority)
            throws GeneralSecurityException, OperatorCreationException, IOException {
        var now = Instant.now();
        var builder = new JcaX509v3CertificateBuilder(
                issuer,
                new BigInteger(127, random).setBit(0),
                Date.from(now.minus(BACKDATED)),
                Date.from(now.plus(living)),
                subject,
                key);
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
        builder.addExtension(
                Extension.keyUsage, true, new KeyUsage(authority ? KeyUsage.keyCertSign : KeyUsage.digitalSignature));
        if (!hosts.isEmpty()) {
            builder.addExtension(
                    Extension.subjectAlternativeName, false, new GeneralNames(hosts.toArray(GeneralName[]::new)));
        }
        var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate());
        return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
    }

    private static String pem(X509Certificate certificate) throws IOException {
        var text = new StringWriter();
        try (var writer = new JcaPEMWriter(text)) {
            writer.writeObject(certificate);
        }
        return text.toString();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
