package dev.muster.worker.task;

import com.google.protobuf.ByteString;
import dev.muster.api.ContainerSpec;
import dev.muster.api.FileTarget;
import dev.muster.worker.secret.InjectedFile;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * The files that a task's secrets and configs become. Pure.
 *
 * @param secrets to be kept in memory; among them configs that hold secrets' content
 * @param configs may be on disk
 */
record InjectedFiles(List<InjectedFile> secrets, List<InjectedFile> configs) {
    private static final String SECRETS_DIRECTORY = "/run/secrets/";
    private static final int DEFAULT_MODE = 0444;
    private static final int PERMISSIONS = 07777;

    InjectedFiles {
        secrets = List.copyOf(secrets);
        configs = List.copyOf(configs);
    }

    static InjectedFiles of(AssignedTask assigned, TaskTemplates templates, ContainerSpec effective) {
        var secrets = new ArrayList<InjectedFile>();
        var configs = new ArrayList<InjectedFile>();
        var targets = new HashSet<String>();
        for (var reference : assigned.container().getSecretsList()) {
            var what = "secret " + reference.getSecretName();
            var target = absolute(SECRETS_DIRECTORY, reference.getFile().getName(), what);
            distinct(targets, target, what);
            secrets.add(file(target, templates.secret(reference, effective), reference.getFile(), what));
        }
        for (var reference : assigned.container().getConfigsList()) {
            if (!reference.hasFile()) {
                continue;
            }
            var what = "config " + reference.getConfigName();
            var target = absolute("/", reference.getFile().getName(), what);
            distinct(targets, target, what);
            var payload = templates.config(reference, effective);
            (payload.usesSecrets() ? secrets : configs).add(file(target, payload.content(), reference.getFile(), what));
        }
        return new InjectedFiles(secrets, configs);
    }

    private static InjectedFile file(String target, ByteString content, FileTarget file, String what) {
        if ((file.getMode() & ~PERMISSIONS) != 0) {
            throw TaskFailure.fatal(
                    "mode " + Integer.toOctalString(file.getMode()) + " of " + what + " is not a file's mode");
        }
        return new InjectedFile(
                target,
                content,
                id(file.getUid(), "uid", what),
                id(file.getGid(), "gid", what),
                file.getMode() == 0 ? DEFAULT_MODE : file.getMode());
    }

    private static int id(String text, String kind, String what) {
        if (text.isEmpty()) {
            return 0;
        }
        try {
            int id = Integer.parseInt(text);
            if (id >= 0) {
                return id;
            }
        } catch (NumberFormatException e) {
            throw badId(text, kind, what);
        }
        throw badId(text, kind, what);
    }

    private static TaskFailure badId(String text, String kind, String what) {
        return TaskFailure.fatal(kind + " \"" + text + "\" of " + what + " must be a number");
    }

    private static String absolute(String parent, String name, String what) {
        if (name.isEmpty()) {
            throw TaskFailure.fatal("malformed reference, no target provided for " + what);
        }
        if (List.of(name.split("/")).contains("..")) {
            throw TaskFailure.fatal("target \"" + name + "\" of " + what + " must not contain ..");
        }
        return name.startsWith("/") ? name : parent + name;
    }

    private static void distinct(HashSet<String> targets, String target, String what) {
        if (!targets.add(target)) {
            throw TaskFailure.fatal(what + " and another file of the task both have the target " + target);
        }
    }
}
