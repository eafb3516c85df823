package dev.muster.net.dns;

import dev.muster.net.plan.Ipv4;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What one container may see.
 *
 * @param netns where its own servers are asked from
 * @param networks ids of the networks it is on, in order: the first that knows a name answers
 * @param aliases names of this container that the managers' tables may not have, in lower case
 * @param forwards whether other names are looked up outside; on internal networks alone they are not
 * @param servers asked instead of the host's; may be empty
 */
public record SandboxView(
        Path netns,
        List<String> networks,
        Map<String, List<Ipv4>> aliases,
        boolean forwards,
        List<InetAddress> servers) {}
