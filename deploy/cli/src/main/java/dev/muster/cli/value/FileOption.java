package dev.muster.cli.value;

import dev.muster.api.FileTarget;
import dev.muster.stack.grammar.SyntaxFailure;
import java.util.List;

/** {@code --secret} and {@code --config}: {@code NAME} or {@code source=NAME,target=…,uid=…,gid=…,mode=0400}. */
public record FileOption(String source, FileTarget file) {

    private static final int DEFAULT_MODE = 0444;

    public static FileOption parse(String text) {
        FileTarget.Builder file =
                FileTarget.newBuilder().setUid("0").setGid("0").setMode(DEFAULT_MODE);
        List<Csv.Field> fields = Csv.fields(text);
        if (fields.size() == 1 && !fields.getFirst().valued()) {
            return new FileOption(text, file.setName(text).build());
        }
        String source = "";
        for (Csv.Field field : fields) {
            String value = field.value();
            if (!field.valued()) {
                throw new SyntaxFailure("invalid field '" + field.key() + "' must be a key=value pair");
            }
            switch (field.key()) {
                case "source", "src" -> source = value;
                case "target" -> file.setName(value);
                case "uid" -> file.setUid(value);
                case "gid" -> file.setGid(value);
                case "mode" -> file.setMode(mode(value));
                default -> throw new SyntaxFailure("invalid field in secret or config request: " + field.key());
            }
        }
        if (source.isEmpty()) {
            throw new SyntaxFailure("source is required");
        }
        return new FileOption(
                source, file.getName().isEmpty() ? file.setName(source).build() : file.build());
    }

    private static int mode(String text) {
        boolean octal = text.matches("0[0-7]{1,4}|[0-7]{3,4}");
        if (!octal) {
            throw new SyntaxFailure("invalid mode specified: \"" + text + "\" (an octal number such as 0400)");
        }
        return Integer.parseInt(text, 8);
    }
}
