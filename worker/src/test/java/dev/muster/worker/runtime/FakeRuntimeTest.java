package dev.muster.worker.runtime;

import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The fake keeps the contract, so what is tested with it holds for containerd. */
class FakeRuntimeTest implements ContainerRuntimeContract {

    private final FakeRuntime runtime = new FakeRuntime(InstantSource.system());

    @Override
    public ContainerRuntime runtime() {
        return runtime;
    }

    @Override
    public ContainerRuntime reopened() {
        return runtime.reopened();
    }

    @Override
    public ImageHandle image() {
        return FakeImages.handle(List.of("sleep", "1000000"));
    }

    /** An image that exists in tests only. */
    static final class FakeImages {
        static ImageHandle handle(List<String> cmd) {
            ImageConfig config = new ImageConfig(
                    "linux",
                    "amd64",
                    List.of(),
                    cmd,
                    List.of(),
                    "",
                    "",
                    Set.of(),
                    Set.of(),
                    "",
                    Optional.empty(),
                    Map.of());
            return new ImageHandle(
                    "docker.io/library/fake@sha256:" + "0".repeat(64), "sha256:" + "0".repeat(64), "chain", config);
        }
    }
}
