package dev.muster.stack;

import dev.muster.api.StackSpec;
import dev.muster.stack.convert.StackConverter;
import dev.muster.stack.document.Value;
import dev.muster.stack.document.YamlWriter;
import dev.muster.stack.load.FileReader;
import dev.muster.stack.load.StackLoader;
import dev.muster.stack.load.StackOrder;
import dev.muster.stack.load.Surroundings;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Stack files and what they are read in.
 *
 * @param sources the files in the order in which they are laid over each other, with the names that positions show
 * @param directory the absolute directory that relative paths start from: the first file's
 * @param environment variables for interpolation, and for environments that name a variable without a value
 * @param files reads env files, and the contents of configs and secrets
 */
public record StackFiles(
        List<StackLoader.Source> sources, String directory, Map<String, String> environment, FileReader files) {

    public StackFiles {
        sources = List.copyOf(sources);
        environment = Map.copyOf(environment);
    }

    /** The specs of the stack with this name. */
    public StackResult specs(String stack) {
        var surroundings = new Surroundings(directory, environment, files);
        Optional<Value.Mapping> merged = new StackLoader(surroundings, true).load(sources);
        Optional<StackSpec> specs = merged.map(new StackConverter(stack, surroundings)::convert);
        return surroundings.problems().none() && specs.isPresent()
                ? new StackResult.Parsed(specs.get(), surroundings.warnings())
                : new StackResult.Invalid(surroundings.problems().all());
    }

    /** The merged files in the long form, as YAML. */
    public StackResult config(boolean interpolate) {
        var surroundings = new Surroundings(directory, environment, files);
        Optional<Value.Mapping> merged = new StackLoader(surroundings, interpolate).load(sources);
        return merged.isPresent()
                ? new StackResult.Rendered(YamlWriter.write(StackOrder.arrange(merged.get())), surroundings.warnings())
                : new StackResult.Invalid(surroundings.problems().all());
    }
}
