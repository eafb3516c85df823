package dev.muster.worker.runtime.oci;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.muster.api.ContainerSpec;
import dev.muster.worker.runtime.ContainerPlan;
import dev.muster.worker.runtime.ImageConfig;
import dev.muster.worker.runtime.RuntimeFailure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The process part of a spec: what runs, as whom, with which environment, limits and capabilities. */
final class OciProcess {

    static final String INIT_IN_CONTAINER = "/sbin/docker-init";
    private static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private OciProcess() {}

    static ObjectNode of(ContainerPlan plan, ContainerUser user, List<String> capabilities) {
        ContainerSpec spec = plan.spec();
        ObjectNode process = JsonNodeFactory.instance.objectNode();
        process.put("terminal", spec.getTty());
        process.set("user", user(user));
        process.set("args", strings(arguments(spec, plan.image().config())));
        process.set("env", strings(environment(plan)));
        process.put("cwd", directory(spec, plan.image().config()));
        ObjectNode sets = process.putObject("capabilities");
        for (String set : List.of("bounding", "effective", "permitted")) {
            sets.set(set, strings(capabilities));
        }
        if (spec.getUlimitsCount() > 0) {
            process.set("rlimits", Ulimits.of(spec.getUlimitsList()));
        }
        process.put("noNewPrivileges", spec.getPrivileges().getNoNewPrivileges());
        // Always said: it would else be inherited from containerd, which protects itself.
        process.put("oomScoreAdj", oomScore(spec.getOomScoreAdj()));
        return process;
    }

    static ObjectNode user(ContainerUser user) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("uid", user.uid());
        node.put("gid", user.gid());
        ArrayNode groups = node.putArray("additionalGids");
        user.groups().forEach(groups::add);
        return node;
    }

    /** Entrypoint and command as Docker combines them: a new entrypoint also drops the image's command. */
    static List<String> arguments(ContainerSpec spec, ImageConfig image) {
        List<String> result = new ArrayList<>();
        if (spec.getInit()) {
            result.add(INIT_IN_CONTAINER);
            result.add("--");
        }
        int before = result.size();
        if (spec.getCommandCount() > 0) {
            result.addAll(spec.getCommandList());
            result.addAll(spec.getArgsList());
        } else {
            result.addAll(image.entrypoint());
            result.addAll(spec.getArgsCount() > 0 ? spec.getArgsList() : image.cmd());
        }
        if (result.size() == before) {
            throw new RuntimeFailure(
                    RuntimeFailure.Kind.INVALID,
                    "no command specified: the image has neither entrypoint nor command, so the service must name one");
        }
        return result;
    }

    /** Defaults, then the image's, then the spec's; a name without "=" takes the variable away. */
    static List<String> environment(ContainerPlan plan) {
        Map<String, String> result = new LinkedHashMap<>();
        result.put("PATH", DEFAULT_PATH);
        result.put("HOSTNAME", plan.hostname());
        if (plan.spec().getTty()) {
            result.put("TERM", "xterm");
        }
        List<String> all = new ArrayList<>(plan.image().config().env());
        all.addAll(plan.spec().getEnvList());
        for (String entry : all) {
            int equals = entry.indexOf('=');
            if (equals == 0 || entry.isEmpty() || entry.indexOf('\0') >= 0) {
                throw new RuntimeFailure(
                        RuntimeFailure.Kind.INVALID, "invalid environment variable '" + entry + "': use NAME=value");
            }
            if (equals < 0) {
                result.remove(entry);
            } else {
                result.put(entry.substring(0, equals), entry.substring(equals + 1));
            }
        }
        return result.entrySet().stream()
                .map(each -> each.getKey() + "=" + each.getValue())
                .toList();
    }

    private static String directory(ContainerSpec spec, ImageConfig image) {
        String wanted = spec.getDir().isEmpty() ? image.workingDir() : spec.getDir();
        if (wanted.isEmpty()) {
            return "/";
        }
        if (!wanted.startsWith("/")) {
            throw new RuntimeFailure(
                    RuntimeFailure.Kind.INVALID,
                    "the working directory '" + wanted + "' is invalid, it needs to be an absolute path");
        }
        return wanted;
    }

    private static long oomScore(long wanted) {
        if (wanted < -1000 || wanted > 1000) {
            throw new RuntimeFailure(
                    RuntimeFailure.Kind.INVALID,
                    "invalid value " + wanted + ", range for oom score adj is [-1000, 1000]");
        }
        return wanted;
    }

    static ArrayNode strings(Iterable<String> values) {
        ArrayNode node = JsonNodeFactory.instance.arrayNode();
        values.forEach(node::add);
        return node;
    }
}
