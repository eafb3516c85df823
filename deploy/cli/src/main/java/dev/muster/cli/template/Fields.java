package dev.muster.cli.template;

import java.util.List;
import java.util.Optional;

/** A value whose fields are computed, and may take arguments, such as {@code .Label "zone"}. */
public interface Fields {

    /** Nothing if there is no such field. */
    Optional<Object> field(String name, List<Object> arguments);

    /** For messages. */
    List<String> fieldNames();
}
