package dev.muster.cli.swarm;

import dev.muster.api.ClusterSpec;
import dev.muster.cli.flag.Arguments;
import dev.muster.cli.flag.Flags;
import dev.muster.cli.value.ExternalCaOption;

/** {@code --external-ca}, the same for {@code swarm init}, {@code swarm update} and {@code swarm ca}. */
final class ExternalCaFlag {

    private static final char NONE = 0;

    private ExternalCaFlag() {}

    static Flags addTo(Flags flags) {
        return flags.list(
                "external-ca",
                NONE,
                "external-ca",
                "Outside authorities that sign: protocol=cfssl,url=URL[,cacert=FILE]",
                ExternalCaOption::parse);
    }

    /**
     * Replaces what was there, if the flag is given.
     *
     * @param certificatePem of authorities that name no file; empty: the cluster's root
     */
    static void apply(Arguments flags, ClusterSpec.Builder spec, String certificatePem) {
        if (!flags.has("external-ca")) {
            return;
        }
        spec.clearExternalCas();
        for (String text : flags.list("external-ca")) {
            ExternalCaOption option = ExternalCaOption.parse(text);
            spec.addExternalCas(option.message(
                    option.certificateFile().isEmpty() ? certificatePem : PemFile.read(option.certificateFile())));
        }
    }
}
