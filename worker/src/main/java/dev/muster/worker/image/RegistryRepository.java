package dev.muster.worker.image;

import dev.muster.worker.image.ImageFailure.Kind;
import dev.muster.worker.image.RegistryEndpoint.Capability;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLException;

/**
 * One image's repository at all its endpoints. Every request goes to the mirrors first, in order, and to the registry
 * last; what one endpoint cannot give, the next is asked for. Failures are {@link ImageFailure}s that name image,
 * registry, reason and remedy.
 */
final class RegistryRepository {

    /** What we can read, the newest form first. */
    private static final String ACCEPT = String.join(
            ", ", MediaTypes.OCI_INDEX, MediaTypes.DOCKER_LIST, MediaTypes.OCI_MANIFEST, MediaTypes.DOCKER_MANIFEST);

    /** The distribution specification's limit for what registries must take. */
    private static final int MANIFEST_LIMIT_BYTES = 4 << 20;

    private final ImageRef ref;
    private final List<RegistrySession> sessions;
    private final Path configuration;

    RegistryRepository(ImageRef ref, List<RegistrySession> sessions, Path configuration) {
        this.ref = ref;
        this.sessions = sessions;
        this.configuration = configuration;
    }

    /** A document as the registry gave it; its digest is that of its bytes. */
    @SuppressWarnings("ArrayRecordComponent") // never compared, and handed on without copying
    record Document(String mediaType, String digest, byte[] bytes) {}

    /** @param offset where the stream begins; 0 if the registry does not do ranges */
    record BlobStream(InputStream body, long offset) {}

    @FunctionalInterface
    private interface Attempt<T> {
        T ask(RegistrySession session) throws IOException, InterruptedException;
    }

    /** The digest that a tag stands for now. */
    String digest(String reference) throws InterruptedException {
        return ask(Capability.RESOLVE, "manifest " + reference, session -> {
            HttpResponse<InputStream> response =
                    session.send("HEAD", "manifests/" + reference, Map.of("Accept", ACCEPT));
            response.body().close();
            Optional<String> digest = response.headers().firstValue("Docker-Content-Digest");
            if (response.statusCode() == 200
                    && digest.filter(Digests::wellFormed).isPresent()) {
                return digest.get();
            }
            // Some registries do not answer HEAD, or without the digest; and only GET's errors have words.
            return get(session, reference).digest();
        });
    }

    /** A manifest or an index, by tag or digest. */
    Document manifest(String reference) throws InterruptedException {
        Capability capability = Digests.wellFormed(reference) ? Capability.PULL : Capability.RESOLVE;
        return ask(capability, "manifest " + reference, session -> get(session, reference));
    }

    private Document get(RegistrySession session, String reference) throws IOException, InterruptedException {
        HttpResponse<InputStream> response = session.send("GET", "manifests/" + reference, Map.of("Accept", ACCEPT));
        requireOk(session, response);
        byte[] bytes;
        try (InputStream body = response.body()) {
            bytes = body.readNBytes(MANIFEST_LIMIT_BYTES + 1);
        }
        if (bytes.length > MANIFEST_LIMIT_BYTES) {
            throw failure(Kind.CORRUPT, session, "its manifest is larger than 4 MiB", "");
        }
        String digest = Digests.of(bytes, reference.startsWith("sha512:") ? "sha512" : "sha256");
        if (Digests.wellFormed(reference) && !digest.equals(reference)) {
            throw failure(Kind.CORRUPT, session, "its manifest is not what its digest says", "");
        }
        String type = response.headers()
                .firstValue("Content-Type")
                .orElse("")
                .split(";", -1)[0]
                .strip();
        return new Document(type, digest, bytes);
    }

    /** A small blob as a whole, checked against its digest. */
    byte[] smallBlob(String digest, long size) throws InterruptedException {
        if (size > MANIFEST_LIMIT_BYTES) {
            throw new ImageFailure(Kind.CORRUPT, ref.familiar() + ": its configuration is larger than 4 MiB");
        }
        return ask(Capability.PULL, "blob " + digest, session -> {
            try (InputStream body = open(session, digest, 0).body()) {
                byte[] bytes = body.readNBytes((int) size + 1);
                if (!Digests.of(bytes, digest.substring(0, digest.indexOf(':'))).equals(digest)) {
                    throw failure(Kind.CORRUPT, session, "blob " + digest + " is not what its digest says", "");
                }
                return bytes;
            }
        });
    }

    /** A blob from an offset on. The reader checks length and digest, and closes the stream. */
    BlobStream blob(String digest, long offset) throws InterruptedException {
        return ask(Capability.PULL, "blob " + digest, session -> open(session, digest, offset));
    }

    private BlobStream open(RegistrySession session, String digest, long offset)
            throws IOException, InterruptedException {
        Map<String, String> range = offset > 0 ? Map.of("Range", "bytes=" + offset + "-") : Map.of();
        HttpResponse<InputStream> response = session.send("GET", "blobs/" + digest, range);
        if (response.statusCode() == 206) {
            return new BlobStream(response.body(), offset);
        }
        requireOk(session, response);
        return new BlobStream(response.body(), 0);
    }

    private void requireOk(RegistrySession session, HttpResponse<InputStream> response) {
        int status = response.statusCode();
        if (status == 200) {
            return;
        }
        String reason = RegistrySession.reason(response);
        throw switch (status) {
            case 404 -> failure(Kind.NOT_FOUND, session, "not found (" + reason + ")", "check the name and the tag");
            case 401, 403 ->
                failure(
                        Kind.UNAUTHORIZED,
                        session,
                        "access denied (" + reason + ")",
                        "it may not exist, or needs other credentials: log in, and deploy with --with-registry-auth");
            case 429 -> failure(Kind.UNREACHABLE, session, "too many requests (" + reason + ")", "try again later");
            default ->
                failure(Kind.UNREACHABLE, session, "the registry failed (" + reason + ")", "see the registry's log");
        };
    }

    private <T> T ask(Capability capability, String what, Attempt<T> attempt) throws InterruptedException {
        List<ImageFailure> failures = new ArrayList<>();
        for (RegistrySession session : sessions) {
            if (!session.endpoint().capabilities().contains(capability)) {
                continue;
            }
            try {
                return askTwice(session, attempt);
            } catch (IOException e) {
                failures.add(unreachable(session, what, e));
            } catch (ImageFailure e) {
                failures.add(e);
            }
        }
        if (failures.isEmpty()) {
            throw new ImageFailure(
                    Kind.CONFIGURATION,
                    ref.familiar() + ": no host configured in " + configuration + " for registry " + ref.registry()
                            + " may " + capability.name().toLowerCase(java.util.Locale.ROOT));
        }
        // The registry's own answer counts; what mirrors said is kept beside it.
        ImageFailure last = failures.removeLast();
        failures.forEach(last::addSuppressed);
        throw last;
    }

    /** A kept connection may have been closed by the other side just now: that shows at the first use only. */
    private static <T> T askTwice(RegistrySession session, Attempt<T> attempt)
            throws IOException, InterruptedException {
        try {
            return attempt.ask(session);
        } catch (ConnectException | SSLException | HttpTimeoutException e) {
            throw e;
        } catch (IOException e) {
            return attempt.ask(session);
        }
    }

    private ImageFailure unreachable(RegistrySession session, String what, IOException e) {
        String reason;
        String remedy = "check that the registry runs and that this node can reach it";
        if (e instanceof SSLException) {
            reason = "no trusted TLS connection: " + e.getMessage();
            remedy = "put its authority's certificate in " + configuration.resolve(ref.registry()) + "/ca.crt, or say "
                    + "server = \"http://" + session.endpoint().host()
                    + "\" in hosts.toml there if it speaks plain http";
        } else if (e instanceof HttpTimeoutException) {
            reason = "it does not answer in time";
        } else if (e.getCause() instanceof UnresolvedAddressException
                || (e.getCause() != null && e.getCause().getCause() instanceof UnresolvedAddressException)) {
            reason = "its name cannot be resolved";
        } else {
            reason = e.getMessage() == null || e.getMessage().isBlank()
                    ? e.getClass().getSimpleName() + " while asking for " + what
                    : e.getMessage();
        }
        return new ImageFailure(Kind.UNREACHABLE, message(session, reason, remedy), e);
    }

    private ImageFailure failure(Kind kind, RegistrySession session, String reason, String remedy) {
        return new ImageFailure(kind, message(session, reason, remedy));
    }

    private String message(RegistrySession session, String reason, String remedy) {
        return "image " + ref.familiar() + " from registry "
                + session.endpoint().host() + ": " + reason + (remedy.isEmpty() ? "" : "; " + remedy);
    }
}
