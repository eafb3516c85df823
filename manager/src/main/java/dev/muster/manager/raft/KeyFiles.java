package dev.muster.manager.raft;

import java.io.IOException;
import java.nio.file.Path;

/** The disk as a key ring sees it: each step is there as a whole, or not at all, after a crash. A boundary. */
interface KeyFiles {
    KeyFiles DISK = new KeyFiles() {
        @Override
        public void replace(Path file, byte[] content) throws IOException {
            PrivateFiles.replace(file, content);
        }

        @Override
        public void delete(Path file) throws IOException {
            PrivateFiles.delete(file);
        }
    };

    void replace(Path file, byte[] content) throws IOException;

    void delete(Path file) throws IOException;
}
