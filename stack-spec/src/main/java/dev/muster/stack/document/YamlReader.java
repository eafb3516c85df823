package dev.muster.stack.document;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeId;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * Reads the first document of a text into {@link Value}s: aliases expanded, {@code <<} merged, duplicate keys refused.
 * Bounded, since the text may be hostile: its size, its depth, and how much aliases may expand to. One per reading.
 */
public final class YamlReader {

    /** Stack files have a few kilobytes; a generated one may have some hundred. */
    static final int MOST_CHARACTERS = 4 << 20;

    /** The deepest path of a stack file has some ten steps. */
    static final int MOST_DEPTH = 64;

    /** Values after expansion of aliases: a bomb of nine times nine aliases would reach billions. */
    static final int MOST_VALUES = 200_000;

    private static final Tag IMPLICIT = new Tag("!implicit");

    private final String file;
    private final Problems problems;
    private final Set<Node> open = Collections.newSetFromMap(new IdentityHashMap<>());
    private int values;

    private YamlReader(String file, Problems problems) {
        this.file = file;
        this.problems = problems;
    }

    /** The document, or nothing if it is empty or a problem was added that leaves nothing to look at. */
    public static Optional<Value> read(String file, String text, Problems problems) {
        return new YamlReader(file, problems).read(text);
    }

    private Optional<Value> read(String text) {
        if (text.length() > MOST_CHARACTERS) {
            problems.add(Position.start(file), "the file is larger than " + MOST_CHARACTERS + " characters");
            return Optional.empty();
        }
        try {
            Node root = compose(text);
            return root == null ? Optional.empty() : Optional.of(convert(root, ""));
        } catch (MarkedYAMLException broken) {
            String context = broken.getContext() == null ? "" : broken.getContext();
            problems.add(position(broken.getProblemMark()), "yaml: " + broken.getProblem(), context);
        } catch (TooMuch bomb) {
            problems.add(bomb.at, "yaml: " + bomb.getMessage());
        } catch (YAMLException broken) {
            String message =
                    String.valueOf(broken.getMessage()).lines().findFirst().orElse("");
            problems.add(Position.start(file), "yaml: " + message);
        }
        return Optional.empty();
    }

    private static Node compose(String text) {
        LoaderOptions options = new LoaderOptions();
        options.setNestingDepthLimit(MOST_DEPTH);
        options.setCodePointLimit(MOST_CHARACTERS);
        options.setMaxAliasesForCollections(Integer.MAX_VALUE);
        var parser = new ParserImpl(new StreamReader(text), options);
        var composer = new Composer(parser, new ImplicitScalars(), options);
        return composer.checkNode() ? composer.getNode() : null;
    }

    private Value convert(Node node, String path) {
        Position at = position(node.getStartMark());
        if (++values > MOST_VALUES) {
            throw new TooMuch(at, "document contains excessive aliasing: more than " + MOST_VALUES + " values");
        }
        if (!open.add(node)) {
            throw new TooMuch(at, "an anchor's value contains itself");
        }
        if (open.size() > MOST_DEPTH) {
            throw new TooMuch(at, "nested deeper than " + MOST_DEPTH + " levels");
        }
        try {
            return switch (node) {
                case ScalarNode scalar -> scalar(scalar, at);
                case SequenceNode sequence -> {
                    List<Value> items = new ArrayList<>();
                    for (Node item : sequence.getValue()) {
                        items.add(convert(item, step(path, items.size())));
                    }
                    yield new Value.Sequence(at, items);
                }
                case MappingNode mapping -> mapping(mapping, at, path);
                default -> throw new IllegalStateException("a node of an unknown kind: " + node.getNodeId());
            };
        } finally {
            open.remove(node);
        }
    }

    private Value scalar(ScalarNode node, Position at) {
        Tag tag = node.getTag();
        if (tag.equals(Tag.STR) || (tag.equals(IMPLICIT) && node.getScalarStyle() != ScalarStyle.PLAIN)) {
            return new Value.Scalar(at, node.getValue());
        }
        Value.Scalar plain = new Value.Scalar(at, ScalarResolver.resolve(node.getValue()));
        boolean asTagged = tag.equals(IMPLICIT)
                || (tag.equals(Tag.INT) && plain.kind().equals("integer"))
                || (tag.equals(Tag.FLOAT) && plain.number().isPresent())
                || (tag.equals(Tag.BOOL) && plain.kind().equals("boolean"))
                || (tag.equals(Tag.NULL) && plain.isNull());
        if (!asTagged) {
            problems.add(at, "yaml: cannot read `" + node.getValue() + "` as " + tag.getValue());
        }
        return plain;
    }

    private Value mapping(MappingNode node, Position at, String path) {
        Map<String, Value.Field> fields = new LinkedHashMap<>();
        List<Node> merged = new ArrayList<>();
        for (NodeTuple tuple : node.getValue()) {
            Position keyAt = position(tuple.getKeyNode().getStartMark());
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                problems.add(
                        keyAt,
                        nonString(path) + "a "
                                + convert(tuple.getKeyNode(), path).kind(),
                        "keys are strings");
                continue;
            }
            boolean plain =
                    key.getScalarStyle() == ScalarStyle.PLAIN && !key.getTag().equals(Tag.STR);
            if (plain && key.getValue().equals("<<")) {
                merged.add(tuple.getValueNode());
                continue;
            }
            if (!((Value.Scalar) scalar(key, keyAt)).isText()) {
                problems.add(keyAt, nonString(path) + key.getValue(), "write \"" + key.getValue() + "\"");
            }
            Value.Field earlier = fields.get(key.getValue());
            if (earlier != null) {
                problems.add(
                        keyAt,
                        "yaml: mapping key \"" + key.getValue() + "\" already defined at line "
                                + earlier.key().line());
                continue;
            }
            fields.put(
                    key.getValue(), new Value.Field(keyAt, convert(tuple.getValueNode(), step(path, key.getValue()))));
        }
        merged.forEach(source -> merge(source, fields, path));
        return new Value.Mapping(at, fields);
    }

    /** Explicit keys win over merged ones, earlier sources over later ones. */
    private void merge(Node source, Map<String, Value.Field> into, String path) {
        if (source instanceof SequenceNode several) {
            several.getValue().forEach(one -> merge(one, into, path));
        } else if (convert(source, path) instanceof Value.Mapping mapping) {
            mapping.fields().forEach(into::putIfAbsent);
        } else {
            problems.add(
                    position(source.getStartMark()), "yaml: map merge requires map or sequence of maps as the value");
        }
    }

    private static String step(String path, Object next) {
        return path.isEmpty() ? next.toString() : path + "." + next;
    }

    private static String nonString(String path) {
        return "Non-string key " + (path.isEmpty() ? "at top level: " : "in " + path + ": ");
    }

    private Position position(Mark mark) {
        return mark == null ? Position.start(file) : new Position(file, mark.getLine() + 1, mark.getColumn() + 1);
    }

    /** Leaves the tags of scalars without one to {@link ScalarResolver}. */
    private static final class ImplicitScalars extends Resolver {
        @Override
        public Tag resolve(NodeId kind, String value, boolean implicit) {
            return kind == NodeId.scalar ? IMPLICIT : super.resolve(kind, value, implicit);
        }
    }

    /** Ends a reading that is out of bounds; never leaves this class. */
    private static final class TooMuch extends RuntimeException {
        private final transient Position at;

        private TooMuch(Position at, String message) {
            super(message);
            this.at = at;
        }
    }
}
