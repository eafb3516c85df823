package dev.muster.worker.task;

import dev.muster.net.OverlayException;
import dev.muster.worker.image.ImageFailure;
import dev.muster.worker.journal.JournalFailure;
import dev.muster.worker.log.LogFailure;
import dev.muster.worker.mount.MountFailure;
import dev.muster.worker.runtime.RuntimeFailure;
import dev.muster.worker.secret.SecretFailure;
import dev.muster.worker.template.TemplateFailure;
import dev.muster.worker.volume.VolumeFailure;

/** A step of a task failed. The message is what users read in the task's error. */
public final class TaskFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final boolean temporary;

    private TaskFailure(String message, boolean temporary, Throwable cause) {
        super(message, cause);
        this.temporary = temporary;
    }

    private TaskFailure(String message, boolean temporary) {
        super(message);
        this.temporary = temporary;
    }

    static TaskFailure fatal(String message) {
        return new TaskFailure(message, false);
    }

    /** May pass. */
    public static TaskFailure temporary(String message) {
        return new TaskFailure(message, true);
    }

    /** True if the same step may succeed later with nothing changed. */
    public boolean temporary() {
        return temporary;
    }

    /** The one place where failures of the boundaries become failures of tasks. */
    static TaskFailure of(RuntimeException failure) {
        var message = String.valueOf(failure.getMessage());
        return switch (failure) {
            case TaskFailure known -> known;
            case RuntimeFailure runtime -> new TaskFailure(message, runtime.temporary(), runtime);
            case ImageFailure image -> new TaskFailure(message, image.temporary(), image);
            case OverlayException overlay -> new TaskFailure(message, overlay.temporary(), overlay);
            case VolumeFailure volume -> new TaskFailure(message, volume.temporary(), volume);
            case LogFailure log -> new TaskFailure(message, log.temporary(), log);
            case TemplateFailure template -> new TaskFailure(message, false, template);
            case MountFailure mount -> new TaskFailure(message, true, mount);
            case SecretFailure secret -> new TaskFailure(message, true, secret);
            case JournalFailure journal -> new TaskFailure(message, true, journal);
            default -> new TaskFailure("unexpected failure on the node: " + failure, false, failure);
        };
    }
}
