package dev.muster.worker.image;

import dev.muster.worker.image.ImageDocuments.Configuration;
import dev.muster.worker.image.ImageDocuments.Descriptor;
import dev.muster.worker.image.ImageDocuments.Manifest;
import dev.muster.worker.image.ImageFailure.Kind;
import dev.muster.worker.image.PullProgress.Phase;
import dev.muster.worker.image.RegistryRepository.Document;
import dev.muster.worker.runtime.ImageHandle;
import dev.muster.worker.runtime.RuntimeFailure;
import dev.muster.worker.runtime.containerd.ContainerdClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.random.RandomGenerator;

/**
 * Images in containerd, pulled by ourselves: its own puller is not reachable by its API. Documents and layers go into
 * its content store, layers are unpacked to snapshots, an image record with the name comes last; until then a lease
 * keeps it all from the garbage collector. Compressed layers are let go once they are unpacked.
 *
 * <p>Thread safe. Layers that are unpacked already are neither downloaded nor unpacked again.
 */
public final class ContainerdImages implements ImageService {

    /** Per node, over all pulls: enough to fill a link, few enough to leave the processors to containers. */
    private static final int PARALLEL_DOWNLOADS = 4;

    private final ContainerdClient client;
    private final RegistryClient registries;
    private final ContentStore store;
    private final LayerStack layers;
    private final ImageRecords records;
    private final ImageFileSystems fileSystems;
    private final String architecture;
    private final KnownImages known = new KnownImages();
    private final KeyedLocks pulls = new KeyedLocks();
    private final KeyedLocks blobs = new KeyedLocks();
    private final Semaphore downloads = new Semaphore(PARALLEL_DOWNLOADS, true);

    /**
     * @param client closed with this object, as {@code registries} is
     * @param workDir on a file system where directories can be mounted on
     * @param architecture of this node: amd64, arm64
     */
    public ContainerdImages(
            ContainerdClient client,
            RegistryClient registries,
            Path workDir,
            String architecture,
            InstantSource clock,
            RandomGenerator random) {
        this.client = client;
        this.registries = registries;
        this.store = new ContentStore(client);
        this.layers = new LayerStack(client, random);
        this.records = new ImageRecords(client, clock, random);
        this.fileSystems = new ImageFileSystems(client, workDir, random);
        this.architecture = architecture;
    }

    /** The collector of what nothing needs any more. */
    public ImageCollector collector() {
        return new ImageCollector(client, records);
    }

    @Override
    public ImageHandle ensure(ImageRef ref, String registryAuth, PullProgress progress) throws InterruptedException {
        try {
            return ensureOrFail(ref, registryAuth, progress);
        } catch (RuntimeFailure e) {
            throw new ImageFailure(Kind.LOCAL, "image " + ref.familiar() + ": " + e.getMessage(), e);
        }
    }

    private ImageHandle ensureOrFail(ImageRef ref, String registryAuth, PullProgress progress)
            throws InterruptedException {
        if (ref.digest().isPresent()) {
            Optional<ImageHandle> present = find(ref);
            if (present.isPresent()) {
                if (known.toBeTouched(present.get().digest(), records.now())) {
                    records.touch(present.get().name());
                }
                return present.get();
            }
        }
        RegistryRepository registry = registries.open(ref, registryAuth);
        ImageRef pinned;
        try {
            pinned = ref.digest().isPresent() ? ref : ref.withDigest(registry.digest(ref.reference()));
        } catch (ImageFailure e) {
            // A registry that is down, or has forgotten the tag, does not take away what is here.
            return find(ref).orElseThrow(() -> e);
        }
        try (var _ = pulls.lock(pinned.name() + "@" + pinned.reference())) {
            Optional<ImageHandle> present = find(pinned);
            ImageHandle handle = present.isPresent() ? present.get() : pull(pinned, registry, progress);
            records.name(handle.name(), handle.digest());
            pinned.tag().ifPresent(tag -> records.name(pinned.name() + ":" + tag, handle.digest()));
            return handle;
        }
    }

    @Override
    public Optional<ImageHandle> find(ImageRef ref) {
        Optional<String> digest = ref.digest().or(() -> records.digestOf(ref.toString()));
        if (digest.isEmpty()) {
            return Optional.empty();
        }
        Optional<ImageHandle> remembered = known.find(ref.name(), digest.get());
        if (remembered.isPresent()) {
            return remembered.filter(each -> layers.has(each.chainId()));
        }
        Optional<byte[]> document = store.read(digest.get());
        if (document.isEmpty()) {
            return Optional.empty();
        }
        byte[] manifest = document.get();
        if (MediaTypes.isIndex(ImageDocuments.mediaType(new Document("", digest.get(), manifest)))) {
            Optional<byte[]> chosen = choose(manifest).flatMap(each -> store.read(each.digest()));
            if (chosen.isEmpty()) {
                return Optional.empty();
            }
            manifest = chosen.get();
        }
        Optional<byte[]> configuration =
                store.read(ImageDocuments.manifest(manifest).config().digest());
        return configuration
                .map(ImageDocuments::configuration)
                .filter(each -> layers.has(
                        Digests.chainId(each.diffIds(), each.diffIds().size())))
                .map(each -> known.remember(handle(ref, digest.get(), each)));
    }

    /** Named without the tag: the digest says all, and the same bytes need one record only. */
    private static ImageHandle handle(ImageRef ref, String digest, Configuration configuration) {
        List<String> diffIds = configuration.diffIds();
        return new ImageHandle(
                ref.name() + "@" + digest, digest, Digests.chainId(diffIds, diffIds.size()), configuration.config());
    }

    private ImageHandle pull(ImageRef ref, RegistryRepository registry, PullProgress progress)
            throws InterruptedException {
        String lease = records.openLease();
        try {
            Document named = registry.manifest(ref.reference());
            Document document = named;
            if (MediaTypes.isIndex(ImageDocuments.mediaType(named))) {
                Descriptor chosen = choose(named.bytes()).orElseThrow(() -> wrongPlatform(ref, named));
                document = registry.manifest(chosen.digest());
            }
            Manifest manifest = ImageDocuments.manifest(document.bytes());
            byte[] configurationBytes = registry.smallBlob(
                    manifest.config().digest(), manifest.config().size());
            Configuration configuration = ImageDocuments.configuration(configurationBytes);
            check(ref, manifest, configuration);
            fetchAndUnpack(registry, manifest, configuration.diffIds(), lease, progress);
            ImageHandle handle = handle(ref, named.digest(), configuration);
            keepDocuments(named, document, manifest, configurationBytes, handle.chainId(), lease);
            records.create(handle.name(), ImageDocuments.mediaType(named), named.digest(), named.bytes().length);
            return handle;
        } catch (IOException e) {
            throw new ImageFailure(Kind.LOCAL, "image " + ref.familiar() + " cannot be stored: " + e.getMessage(), e);
        } catch (ImageFailure e) {
            // Failures inside know the blob only.
            throw e.getMessage().contains(ref.repository())
                    ? e
                    : new ImageFailure(e.kind(), "image " + ref.familiar() + ": " + e.getMessage(), e);
        } finally {
            records.closeLease(lease);
        }
    }

    private Optional<Descriptor> choose(byte[] index) {
        return ImageDocuments.index(index).stream()
                .filter(each -> each.platform().getOs().equals("linux")
                        && each.platform().getArchitecture().equals(architecture))
                .map(ImageDocuments.PlatformManifest::descriptor)
                .findFirst();
    }

    private ImageFailure wrongPlatform(ImageRef ref, Document index) {
        List<String> offered = ImageDocuments.index(index.bytes()).stream()
                .map(each -> each.platform().getOs() + "/" + each.platform().getArchitecture())
                .toList();
        return new ImageFailure(
                Kind.WRONG_PLATFORM,
                "image " + ref.familiar() + " has no variant for linux/" + architecture + ", only " + offered
                        + "; constrain the service to nodes of such a platform");
    }

    private void check(ImageRef ref, Manifest manifest, Configuration configuration) {
        if (configuration.diffIds().size() != manifest.layers().size()) {
            throw new ImageFailure(
                    Kind.CORRUPT,
                    "image " + ref.familiar() + " has " + manifest.layers().size()
                            + " layers, but its configuration names "
                            + configuration.diffIds().size());
        }
        String os = configuration.config().os();
        String arch = configuration.config().architecture();
        if (!os.equals("linux") || !arch.equals(architecture)) {
            throw new ImageFailure(
                    Kind.WRONG_PLATFORM,
                    "image " + ref.familiar() + " is for " + os + "/" + arch + ", and this node is linux/"
                            + architecture + "; constrain the service to nodes of such a platform");
        }
    }

    /** All missing layers at once, each unpacked as soon as it and those below it are there. */
    private void fetchAndUnpack(
            RegistryRepository registry, Manifest manifest, List<String> diffIds, String lease, PullProgress progress)
            throws InterruptedException {
        int present = layers.unpacked(diffIds);
        for (Descriptor layer : manifest.layers().subList(0, present)) {
            progress.layer(layer.digest(), Phase.PRESENT, layer.size(), layer.size());
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> fetches = new ArrayList<>();
            for (Descriptor layer : manifest.layers().subList(present, diffIds.size())) {
                fetches.add(threads.submit(() -> {
                    fetch(registry, layer, lease, progress);
                    return null;
                }));
            }
            try {
                for (int index = present; index < diffIds.size(); index++) {
                    fetches.get(index - present).get();
                    Descriptor layer = manifest.layers().get(index);
                    layers.unpack(layer, diffIds, index, lease);
                    progress.layer(layer.digest(), Phase.UNPACKED, layer.size(), layer.size());
                }
            } catch (ExecutionException e) {
                throw asFailure(e.getCause());
            } finally {
                threads.shutdownNow();
            }
        }
    }

    private static RuntimeException asFailure(Throwable cause) {
        return cause instanceof RuntimeException failure
                ? failure
                : new ImageFailure(Kind.LOCAL, "a download ended: " + cause, cause);
    }

    private void fetch(RegistryRepository registry, Descriptor layer, String lease, PullProgress progress)
            throws InterruptedException {
        try (var _ = blobs.lock(layer.digest())) {
            downloads.acquire();
            try {
                new LayerDownload(store, registry, layer, lease, progress).run();
            } finally {
                downloads.release();
            }
        }
    }

    /** The garbage collector follows labels: from the named document down to the unpacked file system. */
    private void keepDocuments(
            Document named, Document document, Manifest manifest, byte[] configuration, String chainId, String lease)
            throws IOException, InterruptedException {
        store.write(
                manifest.config().digest(),
                configuration,
                Map.of("containerd.io/gc.ref.snapshot." + LayerStack.SNAPSHOTTER, chainId),
                lease);
        store.write(
                document.digest(),
                document.bytes(),
                Map.of("containerd.io/gc.ref.content.config", manifest.config().digest()),
                lease);
        if (!named.digest().equals(document.digest())) {
            Map<String, String> labels = new LinkedHashMap<>();
            labels.put("containerd.io/gc.ref.content.m.0", document.digest());
            store.write(named.digest(), named.bytes(), labels, lease);
        }
    }

    @Override
    public boolean copyDirectory(ImageHandle image, String path, Path destination) {
        return fileSystems.copyDirectory(image.chainId(), path, destination);
    }

    @Override
    public void close() {
        registries.close();
        client.close();
    }
}
