package dev.muster.faults;

import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;

/** The managers of a cluster, numbered from 1, as their clients see them. Any thread. */
interface Managers {
    List<? extends ConfigStore> stores();

    /** Who leads, if somebody says so soon. */
    OptionalInt leader();

    /** Throws an assertion's failure unless every manager serves and sees all others. */
    void assertWhole() throws IOException;
}
