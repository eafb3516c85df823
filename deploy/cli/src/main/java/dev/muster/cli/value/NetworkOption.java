package dev.muster.cli.value;

import dev.muster.api.NetworkAttachmentConfig;
import dev.muster.stack.grammar.SyntaxFailure;
import java.util.Locale;

/** {@code --network NAME} or {@code name=NAME,alias=…,driver-opt=K=V}. */
public final class NetworkOption {

    private NetworkOption() {}

    public static NetworkAttachmentConfig parse(String text) {
        if (!text.contains("=")) {
            return NetworkAttachmentConfig.newBuilder().setTarget(text).build();
        }
        NetworkAttachmentConfig.Builder network = NetworkAttachmentConfig.newBuilder();
        for (Csv.Field field : Csv.fields(text)) {
            if (!field.valued()) {
                throw new SyntaxFailure("invalid field " + field.key());
            }
            switch (field.key()) {
                case "name" -> network.setTarget(field.value());
                case "alias" -> network.addAliases(field.value());
                case "driver-opt" -> {
                    int equals = field.value().indexOf('=');
                    if (equals < 1) {
                        throw new SyntaxFailure("invalid key value pair format in driver options");
                    }
                    String key = field.value().substring(0, equals).strip().toLowerCase(Locale.ROOT);
                    network.putDriverOpts(
                            key, field.value().substring(equals + 1).strip());
                }
                default -> throw new SyntaxFailure("invalid field key " + field.key());
            }
        }
        if (network.getTarget().isEmpty()) {
            throw new SyntaxFailure("network name/id is not specified");
        }
        return network.build();
    }
}
