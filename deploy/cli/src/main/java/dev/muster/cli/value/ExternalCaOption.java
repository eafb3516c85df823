package dev.muster.cli.value;

import dev.muster.api.ExternalCa;
import dev.muster.stack.grammar.SyntaxFailure;
import java.util.HashMap;
import java.util.Map;

/**
 * {@code --external-ca}: {@code protocol=cfssl,url=URL[,cacert=FILE][,OPTION=VALUE]}.
 *
 * @param certificateFile of the authority's own certificate; empty: not said
 * @param options of the authority's protocol
 */
public record ExternalCaOption(String protocol, String url, String certificateFile, Map<String, String> options) {

    public ExternalCaOption {
        options = Map.copyOf(options);
    }

    public static ExternalCaOption parse(String text) {
        String protocol = "";
        String url = "";
        String file = "";
        Map<String, String> options = new HashMap<>();
        for (Csv.Field field : Csv.fields(text)) {
            if (!field.valued()) {
                throw new SyntaxFailure("invalid field '" + field.key() + "' must be a key=value pair");
            }
            switch (field.key()) {
                case "protocol" -> protocol = field.value();
                case "url" -> url = field.value();
                case "cacert" -> file = field.value();
                default -> options.put(field.key(), field.value());
            }
        }
        if (protocol.isEmpty()) {
            throw new SyntaxFailure("the external-ca option needs a protocol= parameter");
        }
        if (!protocol.equalsIgnoreCase("cfssl")) {
            throw new SyntaxFailure("unrecognized external CA protocol " + protocol);
        }
        if (url.isEmpty()) {
            throw new SyntaxFailure("the external-ca option needs a url= parameter");
        }
        return new ExternalCaOption("cfssl", url, file, options);
    }

    /**
     * As the managers take it.
     *
     * @param certificatePem what is in the file, or what stands for it
     */
    public ExternalCa message(String certificatePem) {
        return ExternalCa.newBuilder()
                .setProtocol(protocol)
                .setUrl(url)
                .putAllOptions(options)
                .setCaCertificatePem(certificatePem)
                .build();
    }
}
