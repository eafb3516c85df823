package dev.muster.manager.state;

import dev.muster.api.Kind;

/** Why the reducer left a change set out. The same on every manager. */
public sealed interface Rejection {
    /** What is wrong, for people. */
    String message();

    /** The object was written since it was read: read again and decide again. */
    record VersionConflict(ObjectKey key, long read, long stored) implements Rejection {
        @Override
        public String message() {
            return "update out of sequence: " + key + " was read at version " + read + " and is at " + stored;
        }
    }

    /** There is an object with this id. */
    record AlreadyExists(ObjectKey key) implements Rejection {
        @Override
        public String message() {
            return key + " already exists";
        }
    }

    /** Another object of the kind has the name, compared without regard to case. */
    record NameTaken(Kind kind, String name, String byId) implements Rejection {
        @Override
        public String message() {
            return "name conflicts with an existing object: " + ObjectKey.word(kind) + " " + name + " is " + byId;
        }
    }

    /** What was to be updated or deleted is not there. */
    record Missing(ObjectKey key) implements Rejection {
        @Override
        public String message() {
            return key + " not found";
        }
    }

    /** An object would name something that is not there, or is about to go. */
    record MissingReference(ObjectKey from, ObjectKey to) implements Rejection {
        @Override
        public String message() {
            return from + " refers to " + to + ", which does not exist or is being removed";
        }
    }

    /** What was to be deleted is still named by something. */
    record InUse(ObjectKey key, ObjectKey by) implements Rejection {
        @Override
        public String message() {
            return key + " is in use by " + by;
        }
    }

    /** Something the change set relies on is not as it was read. */
    record RequirementFailed(ObjectKey key, String problem) implements Rejection {
        @Override
        public String message() {
            return "the change relied on " + key + ", which " + problem;
        }
    }

    /** A leadership that is over, or of a cluster that was replaced by force, proposed it. */
    record StaleFence(long epoch, long term, long currentEpoch, long entryTerm) implements Rejection {
        @Override
        public String message() {
            return "proposed in epoch " + epoch + " term " + term + ", but committed in epoch " + currentEpoch
                    + " term " + entryTerm;
        }
    }

    /** The change breaks a rule that no state may break, such as a task going backwards. */
    record Illegal(ObjectKey key, String rule) implements Rejection {
        @Override
        public String message() {
            return key + ": " + rule;
        }
    }
}
