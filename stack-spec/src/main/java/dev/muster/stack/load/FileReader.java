package dev.muster.stack.load;

import java.io.IOException;

/** Reads the files that a stack file names: env files, and contents of configs and secrets. */
@FunctionalInterface
public interface FileReader {

    /** The bytes of the file at an absolute path; at most one more than {@code most}, however large the file. */
    byte[] read(String path, int most) throws IOException;
}
