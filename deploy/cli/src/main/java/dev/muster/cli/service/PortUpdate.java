package dev.muster.cli.service;

import dev.muster.api.PortConfig;
import dev.muster.api.PublishMode;
import dev.muster.cli.flag.Arguments;
import dev.muster.cli.value.PublishOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * {@code --publish-rm}, then {@code --publish-add}. A port is removed by its target port and protocol, and by its mode
 * too if the long form names one; an added port replaces the one with the same target, protocol and mode.
 */
final class PortUpdate {

    private PortUpdate() {}

    static List<PortConfig> apply(Arguments flags, List<PortConfig> current) {
        List<PortConfig> ports = new ArrayList<>(current);
        for (String text : flags.list("publish-rm")) {
            boolean namesMode = text.contains("mode=");
            for (PortConfig gone : PublishOption.parse(text)) {
                ports.removeIf(port -> isSame(port, gone)
                        && (!namesMode || port.getPublishMode() == gone.getPublishMode())
                        && (gone.getPublishedPort() == 0 || port.getPublishedPort() == gone.getPublishedPort()));
            }
        }
        for (String text : flags.list("publish-add")) {
            for (PortConfig added : PublishOption.parse(text)) {
                ports.removeIf(port -> isSame(port, added)
                        && port.getPublishMode() == added.getPublishMode()
                        && port.getPublishedPort() == added.getPublishedPort());
                ports.add(added);
            }
        }
        ports.sort(Comparator.comparing((PortConfig port) -> port.getPublishMode() == PublishMode.PUBLISH_HOST)
                .thenComparingInt(PortConfig::getPublishedPort));
        return ports;
    }

    private static boolean isSame(PortConfig one, PortConfig other) {
        return one.getTargetPort() == other.getTargetPort() && one.getProtocol() == other.getProtocol();
    }
}
