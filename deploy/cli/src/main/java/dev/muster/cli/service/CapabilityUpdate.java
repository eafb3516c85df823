package dev.muster.cli.service;

import dev.muster.api.ContainerSpec;
import dev.muster.cli.flag.Arguments;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * {@code --cap-add} and {@code --cap-drop} of update. RESET empties the list first. Adding what is dropped takes it off
 * the dropped ones instead of adding it, and the other way round; a second time then adds it.
 */
final class CapabilityUpdate {

    private static final String RESET = "CAP_RESET";

    private CapabilityUpdate() {}

    static void apply(Arguments flags, ContainerSpec.Builder container) {
        if (!flags.hasAny("cap-add", "cap-drop")) {
            return;
        }
        Set<String> added = new TreeSet<>(container.getCapabilityAddList());
        Set<String> dropped = new TreeSet<>(container.getCapabilityDropList());
        Set<String> toAdd = canonical(flags.list("cap-add"));
        Set<String> toDrop = canonical(flags.list("cap-drop"));
        if (toAdd.remove(RESET)) {
            added.clear();
        }
        if (toDrop.remove(RESET)) {
            dropped.clear();
        }
        toDrop.removeAll(toAdd);
        for (String capability : toAdd) {
            if (!dropped.remove(capability)) {
                added.add(capability);
            }
        }
        for (String capability : toDrop) {
            if (!added.remove(capability)) {
                dropped.add(capability);
            }
        }
        container.clearCapabilityAdd().addAllCapabilityAdd(added);
        container.clearCapabilityDrop().addAllCapabilityDrop(dropped);
    }

    private static Set<String> canonical(List<String> names) {
        Set<String> canonical = new TreeSet<>();
        names.forEach(name -> canonical.add(SpecParts.capability(name)));
        return canonical;
    }
}
