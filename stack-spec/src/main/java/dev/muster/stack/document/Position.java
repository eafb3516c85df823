package dev.muster.stack.document;

/** A place in a file. Lines and columns count from 1; 0 means that the whole file is meant. */
public record Position(String file, int line, int column) {

    public static Position start(String file) {
        return new Position(file, 0, 0);
    }

    @Override
    public String toString() {
        return line == 0 ? file : file + ":" + line + ":" + column;
    }
}
