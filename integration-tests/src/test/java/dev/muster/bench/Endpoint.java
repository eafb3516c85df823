package dev.muster.bench;

import java.io.IOException;

/** A cluster under test: the few calls that the work needs. */
interface Endpoint {
    /** How the figures of this endpoint begin. */
    String name();

    void create(String service, int replicas) throws IOException;

    void scale(String service, int replicas) throws IOException;

    /** Changes an environment variable, so that every task is replaced, ten at a time. */
    void update(String service, String value) throws IOException;

    void remove(String service) throws IOException;

    /** Running tasks whose environment has the value. */
    int running(String service, String value) throws IOException;

    /** Tasks of the service that have not ended. */
    int alive(String service) throws IOException;
}
