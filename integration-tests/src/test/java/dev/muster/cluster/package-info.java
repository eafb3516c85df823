/**
 * Clusters in network namespaces for tests: {@code TestCluster} drives {@code deploy/cluster.sh} and the real command line,
 * {@code Eventually} waits for what takes a while.
 */
@NullMarked
package dev.muster.cluster;

import org.jspecify.annotations.NullMarked;
