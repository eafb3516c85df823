package dev.muster.cli.value;

import dev.muster.api.CredentialSpec;
import dev.muster.api.GenericResource;
import dev.muster.api.Ulimit;
import dev.muster.stack.grammar.SyntaxFailure;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Values of the form {@code KEY=VALUE} and their relatives. */
public final class Pairs {

    private static final String SPREAD = "spread=";

    private Pairs() {}

    /** Without an equals sign the value is empty; later keys win. */
    public static Map<String, String> map(List<String> pairs) {
        Map<String, String> map = new LinkedHashMap<>();
        pairs.forEach(pair -> map.put(key(pair), pair.contains("=") ? pair.substring(pair.indexOf('=') + 1) : ""));
        return map;
    }

    public static String key(String pair) {
        int equals = pair.indexOf('=');
        return equals < 0 ? pair : pair.substring(0, equals);
    }

    /** {@code NAME=SOFT[:HARD]}. */
    public static Ulimit ulimit(String text) {
        if (!text.matches("[^=]+=-?[0-9]{1,18}(:-?[0-9]{1,18})?")) {
            throw new SyntaxFailure("invalid ulimit argument: " + text + " (expected NAME=SOFT[:HARD])");
        }
        String[] limits = text.substring(text.indexOf('=') + 1).split(":", 2);
        long soft = Long.parseLong(limits[0]);
        long hard = limits.length == 1 ? soft : Long.parseLong(limits[1]);
        if (hard != -1 && (soft == -1 || soft > hard)) {
            throw new SyntaxFailure(
                    "ulimit soft limit must be less than or equal to hard limit: " + soft + " > " + hard);
        }
        return Ulimit.newBuilder()
                .setName(key(text))
                .setSoft(soft)
                .setHard(hard)
                .build();
    }

    /** {@code spread=DESCRIPTOR}. */
    public static String spread(String text) {
        if (!text.startsWith(SPREAD) || text.length() == SPREAD.length()) {
            throw new SyntaxFailure("placement preference must be of the format \"spread=<descriptor>\"");
        }
        return text.substring(SPREAD.length());
    }

    /** {@code config://NAME}, {@code file://FILE}, {@code registry://VALUE}. */
    public static CredentialSpec credentialSpec(String text) {
        CredentialSpec.Builder spec = CredentialSpec.newBuilder();
        if (text.startsWith("config://")) {
            spec.setConfig(text.substring("config://".length()));
        } else if (text.startsWith("file://")) {
            spec.setFile(text.substring("file://".length()));
        } else if (text.startsWith("registry://")) {
            spec.setRegistry(text.substring("registry://".length()));
        } else if (!text.isEmpty()) {
            throw new SyntaxFailure(
                    "invalid credential spec: value must be prefixed with 'config://', 'file://', or 'registry://'");
        }
        return spec.build();
    }

    /** {@code KIND=NUMBER}. */
    public static GenericResource genericResource(String text) {
        if (!text.matches("[^=]+=[0-9]{1,18}")) {
            throw new SyntaxFailure("invalid generic-resource request `" + text
                    + "`, Named Generic Resources is not supported for service create or update: expected KIND=NUMBER");
        }
        return GenericResource.newBuilder()
                .setKind(key(text))
                .setDiscrete(Long.parseLong(text.substring(text.indexOf('=') + 1)))
                .build();
    }

    /** {@code NAME:IP} or {@code NAME=IP} to {@code IP NAME}. */
    public static String host(String text) {
        int equals = text.indexOf('=');
        int colon = text.indexOf(':');
        int at = equals >= 0 && (colon < 0 || equals < colon) ? equals : colon;
        if (at < 1 || at == text.length() - 1) {
            throw new SyntaxFailure("bad format for add-host: \"" + text + "\"");
        }
        String address = text.substring(at + 1);
        String bare =
                address.startsWith("[") && address.endsWith("]") ? address.substring(1, address.length() - 1) : address;
        if (!bare.equals("host-gateway")) {
            checkAddress(bare, "invalid IP address in add-host: \"" + address + "\"");
        }
        return bare + " " + text.substring(0, at);
    }

    public static void dns(String text) {
        checkAddress(text.strip(), "invalid IP address: " + text);
    }

    private static void checkAddress(String text, String message) {
        try {
            InetAddress.ofLiteral(text);
        } catch (IllegalArgumentException _) {
            throw new SyntaxFailure(message);
        }
    }

    /** One entry per variable name, the last one, in the order of first mention. */
    public static List<String> lastOfEachKey(List<String> variables) {
        Map<String, String> last = new LinkedHashMap<>();
        variables.forEach(variable -> last.put(key(variable), variable));
        return new ArrayList<>(last.values());
    }
}
