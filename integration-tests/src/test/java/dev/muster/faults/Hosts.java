package dev.muster.faults;

import java.util.List;

/** What can be done to the hosts of a cluster, numbered from 1. A boundary. Any thread; each call returns when it is done. */
interface Hosts {
    /** SIGKILL to the daemon. */
    void kill(int host);

    /** SIGTERM to the daemon, until it has ended. */
    void stop(int host);

    /** Starts the daemon if it does not run, until it answers. */
    void start(int host);

    /** SIGSTOP to the daemon: the kernel goes on taking what is sent to it. */
    void freeze(int host);

    void thaw(int host);

    /** Suspends the whole host, and lets nothing through its link. */
    void pause(int host);

    void resume(int host);

    /** Lets nothing through between a host and some others, both ways. */
    void cut(int host, List<Integer> others);

    /** Ends all cuts. */
    void heal();
}
