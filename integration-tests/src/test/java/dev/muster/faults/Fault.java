package dev.muster.faults;

/** What befalls managers. */
enum Fault {
    /** Killed, and started some time later. */
    KILL(Target.MEMBER),
    /** Asked to end, and started some time later. */
    STOP(Target.MEMBER),
    /** The process stands still while its kernel goes on. */
    FREEZE(Target.MEMBER),
    /** The whole machine stands still. */
    PAUSE(Target.MEMBER),
    /** One manager is cut off from all others. */
    ISOLATE(Target.LINKS),
    /** Two managers are cut off from all others, but not from each other. */
    SPLIT(Target.LINKS),
    /** One manager is cut off from some of the others, which differ in what they see of it. */
    DISTURB(Target.LINKS);

    /** Faults of members and faults of links go on at the same time, one of each. */
    enum Target {
        MEMBER,
        LINKS
    }

    private final Target target;

    Fault(Target target) {
        this.target = target;
    }

    Target target() {
        return target;
    }
}
