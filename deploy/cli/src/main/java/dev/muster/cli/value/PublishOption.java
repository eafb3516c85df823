package dev.muster.cli.value;

import dev.muster.api.PortConfig;
import dev.muster.api.PublishMode;
import dev.muster.stack.grammar.PortSpec;
import dev.muster.stack.grammar.SyntaxFailure;
import java.util.List;

/** {@code --publish [PUBLISHED:]TARGET[/PROTOCOL]} or {@code published=…,target=…,protocol=…,mode=…}. */
public final class PublishOption {

    private PublishOption() {}

    /** One port for each of a range. */
    public static List<PortConfig> parse(String text) {
        if (text.contains("=")) {
            return List.of(longForm(text));
        }
        PortSpec spec = PortSpec.parse(text);
        if (!spec.hostIp().isEmpty()
                && !spec.hostIp().equals("0.0.0.0")
                && !spec.hostIp().equals("::")) {
            throw new SyntaxFailure("hostip is not supported");
        }
        return spec.ports();
    }

    private static PortConfig longForm(String text) {
        PortConfig.Builder port = PortConfig.newBuilder();
        for (Csv.Field field : Csv.fields(text)) {
            if (!field.valued() || field.value().isEmpty()) {
                throw new SyntaxFailure("invalid field: " + field.key());
            }
            switch (field.key()) {
                case "protocol" -> port.setProtocol(PortSpec.protocol(field.value()));
                case "mode" -> port.setPublishMode(mode(field.value()));
                case "target" -> port.setTargetPort(number("target port", field.value()));
                case "published" -> port.setPublishedPort(number("published port", field.value()));
                default -> throw new SyntaxFailure("invalid field key: " + field.key());
            }
        }
        if (port.getTargetPort() == 0) {
            throw new SyntaxFailure("missing mandatory field \"target\"");
        }
        return port.build();
    }

    private static PublishMode mode(String word) {
        return switch (word) {
            case "ingress" -> PublishMode.PUBLISH_INGRESS;
            case "host" -> PublishMode.PUBLISH_HOST;
            default ->
                throw new SyntaxFailure(
                        "invalid publish mode value (" + word + "): must be either 'ingress' or 'host'");
        };
    }

    private static int number(String what, String text) {
        if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) > 65_535) {
            throw new SyntaxFailure("invalid " + what + " (" + text + "): value must be an integer from 0 to 65535");
        }
        return Integer.parseInt(text);
    }
}
