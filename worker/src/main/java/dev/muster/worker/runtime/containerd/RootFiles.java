package dev.muster.worker.runtime.containerd;

import dev.muster.containerd.types.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads single small files of an image from its layers' directories, without mounting anything. The upper layers hide
 * the lower ones; a file that was deleted is a character device 0:0 there, which reads as absent.
 */
final class RootFiles {

    private static final long SIZE_LIMIT_BYTES = 4 << 20;
    private static final int LINK_LIMIT = 8;

    private final List<Path> layers;

    /** From the mounts that a snapshotter gave: of an overlay, or a bind of a single directory. */
    RootFiles(List<Mount> mounts) {
        List<Path> found = new ArrayList<>();
        for (Mount mount : mounts) {
            if (mount.getType().equals("bind")) {
                found.add(Path.of(mount.getSource()));
            }
            for (String option : mount.getOptionsList()) {
                if (option.startsWith("upperdir=")) {
                    found.addFirst(Path.of(option.substring("upperdir=".length())));
                }
                if (option.startsWith("lowerdir=")) {
                    for (String directory :
                            option.substring("lowerdir=".length()).split(":", -1)) {
                        found.add(Path.of(directory));
                    }
                }
            }
        }
        this.layers = List.copyOf(found);
    }

    /** The text of a file; empty if the image has none, or it is too large to be what it should be. */
    Optional<String> text(String absolutePath) throws IOException {
        String path = absolutePath;
        for (int links = 0; links < LINK_LIMIT; links++) {
            Optional<Path> file = find(path);
            if (file.isEmpty()) {
                return Optional.empty();
            }
            if (!Files.isSymbolicLink(file.get())) {
                boolean readable = Files.isRegularFile(file.get()) && Files.size(file.get()) <= SIZE_LIMIT_BYTES;
                return readable
                        ? Optional.of(Files.readString(file.get(), java.nio.charset.StandardCharsets.ISO_8859_1))
                        : Optional.empty();
            }
            Path target = Path.of(path)
                    .resolveSibling(Files.readSymbolicLink(file.get()))
                    .normalize();
            path = target.toString();
        }
        return Optional.empty();
    }

    private Optional<Path> find(String absolutePath) {
        for (Path layer : layers) {
            Path file = layer.resolve(absolutePath.substring(1));
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && insideLayer(layer, file)) {
                return Optional.of(file);
            }
        }
        return Optional.empty();
    }

    /** A directory of the image may be a link to anywhere; what it leads to on the host is not the image's. */
    private static boolean insideLayer(Path layer, Path file) {
        try {
            return file.getParent().toRealPath().startsWith(layer.toRealPath());
        } catch (IOException e) {
            return false;
        }
    }
}
