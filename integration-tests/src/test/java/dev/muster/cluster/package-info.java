/**
 * Clusters in network namespaces for tests: {@code TestCluster} drives {@code deploy/cluster.sh} and the real command line,
 * {@code TaskView} looks into containers and {@code HostContents} at what is on a host, {@code Eventually} waits for what takes
 * a while, {@code Background} lets a command run meanwhile.
 */
@NullMarked
package dev.muster.cluster;

import org.jspecify.annotations.NullMarked;
