package dev.muster.worker.runtime.oci;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.muster.api.Ulimit;
import dev.muster.worker.runtime.RuntimeFailure;
import java.math.BigInteger;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Resource limits of a process, by the names that setrlimit(2) has without RLIMIT_. */
final class Ulimits {

    private static final Set<String> NAMES = Set.of(
            "core",
            "cpu",
            "data",
            "fsize",
            "locks",
            "memlock",
            "msgqueue",
            "nice",
            "nofile",
            "nproc",
            "rss",
            "rtprio",
            "rttime",
            "sigpending",
            "stack");

    private static final BigInteger UNLIMITED = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);

    private Ulimits() {}

    static ArrayNode of(List<Ulimit> ulimits) {
        ArrayNode result = JsonNodeFactory.instance.arrayNode();
        for (Ulimit each : ulimits) {
            String name = each.getName().toLowerCase(Locale.ROOT);
            if (!NAMES.contains(name)) {
                throw invalid("invalid ulimit type: " + each.getName() + "; known are "
                        + String.join(", ", NAMES.stream().sorted().toList()));
            }
            long hard = each.getHard() == 0 && each.getSoft() != 0 ? each.getSoft() : each.getHard();
            BigInteger softValue = value(name, each.getSoft());
            BigInteger hardValue = value(name, hard);
            if (softValue.compareTo(hardValue) > 0) {
                throw invalid("ulimit " + name + ": soft limit must be less than or equal to hard limit: "
                        + each.getSoft() + " > " + hard);
            }
            result.addObject()
                    .put("type", "RLIMIT_" + name.toUpperCase(Locale.ROOT))
                    .put("soft", softValue)
                    .put("hard", hardValue);
        }
        return result;
    }

    private static BigInteger value(String name, long limit) {
        if (limit < -1) {
            throw invalid("ulimit " + name + ": " + limit + " is neither -1 (unlimited) nor a limit");
        }
        return limit == -1 ? UNLIMITED : BigInteger.valueOf(limit);
    }

    private static RuntimeFailure invalid(String message) {
        return new RuntimeFailure(RuntimeFailure.Kind.INVALID, message);
    }
}
