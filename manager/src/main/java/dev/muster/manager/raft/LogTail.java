package dev.muster.manager.raft;

import java.io.IOException;
import java.nio.file.Path;

final class LogTail {
    private LogTail() {}

    static void repair(Path directory) throws IOException {}
}
