package dev.muster.stack.load;

import dev.muster.stack.document.Position;
import dev.muster.stack.document.Value;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A service's environment: its env files in order, then its {@code environment}. A variable with no or an empty value
 * takes the caller's, if the caller has it.
 */
final class EnvironmentLoader {

    private static final int MOST_BYTES = 1 << 20;

    private final Surroundings surroundings;

    EnvironmentLoader(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    Value.Mapping resolve(Value.Mapping service) {
        Map<String, Value.Field> variables = new LinkedHashMap<>();
        for (Value file : service.items("env_file")) {
            read(((Value.Scalar) file).text(), file.at(), variables);
        }
        service.mapping("environment")
                .ifPresent(own -> own.fields().forEach((name, field) -> put(variables, name, field)));
        if (variables.isEmpty()) {
            return service.without("environment");
        }
        return service.with("environment", new Value.Mapping(service.keyAt("environment"), variables));
    }

    private void put(Map<String, Value.Field> variables, String name, Value.Field field) {
        String outer = surroundings.environment().get(name);
        boolean bare = ((Value.Scalar) field.value()).text().isEmpty();
        Value value = bare && outer != null ? Value.Scalar.of(field.value().at(), outer) : field.value();
        variables.put(name, new Value.Field(field.key(), value));
    }

    private void read(String path, Position at, Map<String, Value.Field> variables) {
        String absolute = surroundings.absolute(path);
        byte[] bytes;
        try {
            bytes = surroundings.files().read(absolute, MOST_BYTES);
        } catch (IOException failure) {
            surroundings.problems().add(at, "open " + absolute + ": " + reason(failure));
            return;
        }
        if (bytes.length > MOST_BYTES) {
            surroundings.problems().add(at, "env file " + absolute + " is larger than " + MOST_BYTES + " bytes");
            return;
        }
        String text = decode(bytes, absolute);
        if (text == null) {
            return;
        }
        int number = 0;
        for (String line : text.split("\n", -1)) {
            Position place = new Position(absolute, ++number, 1);
            line(line.endsWith("\r") ? line.substring(0, line.length() - 1) : line, place, variables);
        }
    }

    private @Nullable String decode(byte[] bytes, String file) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException _) {
            int line = 1;
            int from = 0;
            for (int i = 0; i < bytes.length; i++) {
                if (bytes[i] == '\n') {
                    if (!isUtf8(bytes, from, i)) {
                        break;
                    }
                    line++;
                    from = i + 1;
                }
            }
            surroundings.problems().add(new Position(file, line, 1), "invalid utf8 bytes at line " + line);
            return null;
        }
    }

    private static boolean isUtf8(byte[] bytes, int from, int to) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, from, to - from));
            return true;
        } catch (CharacterCodingException _) {
            return false;
        }
    }

    private void line(String raw, Position at, Map<String, Value.Field> variables) {
        String line = raw.stripLeading();
        if (line.isEmpty() || line.startsWith("#")) {
            return;
        }
        int equals = line.indexOf('=');
        String name = equals < 0 ? line : line.substring(0, equals);
        if (name.isEmpty()) {
            surroundings.problems().add(at, "no variable name on line '" + line + "'");
        } else if (name.chars().anyMatch(Character::isWhitespace)) {
            surroundings.problems().add(at, "variable '" + name + "' contains whitespaces");
        } else if (equals >= 0) {
            put(variables, name, new Value.Field(at, Value.Scalar.of(at, line.substring(equals + 1))));
        } else if (surroundings.environment().containsKey(name)) {
            String outer = surroundings.environment().get(name);
            variables.put(name, new Value.Field(at, Value.Scalar.of(at, outer)));
        }
    }

    /** What the system says of a file that could not be read. */
    static String reason(IOException failure) {
        return switch (failure) {
            case java.nio.file.NoSuchFileException _ -> "no such file or directory";
            case java.nio.file.AccessDeniedException _ -> "permission denied";
            default -> String.valueOf(failure.getMessage());
        };
    }
}
