package dev.muster.stack.convert;

import dev.muster.api.Mount;
import dev.muster.api.TmpfsOptions;
import dev.muster.stack.document.Problems;
import dev.muster.stack.document.Value;
import dev.muster.stack.grammar.ByteSize;
import dev.muster.stack.grammar.SyntaxFailure;
import java.util.Optional;

/**
 * A service's {@code tmpfs} key, {@code TARGET[:OPTIONS]}: a tmpfs mount. Stock stack files accept the key and drop it;
 * here it does what it says.
 */
final class TmpfsOption {

    private TmpfsOption() {}

    static Optional<Mount> mount(Value.Scalar written, String service, Problems problems) {
        String text = written.text();
        int colon = text.indexOf(':');
        String target = colon < 0 ? text : text.substring(0, colon);
        TmpfsOptions.Builder options = TmpfsOptions.newBuilder();
        try {
            if (colon >= 0) {
                for (String option : text.substring(colon + 1).split(",", -1)) {
                    add(option, options);
                }
            }
            if (!target.startsWith("/")) {
                throw new SyntaxFailure("the target must be an absolute path");
            }
        } catch (SyntaxFailure failure) {
            problems.add(
                    written.at(),
                    "service " + service + ": invalid tmpfs \"" + text + "\": " + failure.getMessage(),
                    "expected /TARGET[:size=64m,mode=1777]");
            return Optional.empty();
        }
        return Optional.of(Mount.newBuilder()
                .setType(Mount.Type.TMPFS)
                .setTarget(target)
                .setTmpfs(options)
                .build());
    }

    private static void add(String option, TmpfsOptions.Builder options) {
        if (option.startsWith("size=")) {
            options.setSizeBytes(ByteSize.parse(option.substring("size=".length())));
        } else if (option.startsWith("mode=")) {
            String mode = option.substring("mode=".length());
            if (!mode.matches("[0-7]{1,5}")) {
                throw new SyntaxFailure("mode \"" + mode + "\" is not octal");
            }
            options.setMode(Integer.parseInt(mode, 8));
        } else if (!option.isEmpty()) {
            options.addOptions(option);
        }
    }
}
