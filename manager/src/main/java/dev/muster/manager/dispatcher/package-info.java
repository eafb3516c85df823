/**
 * Talks to agents: sessions and heartbeats, what each node is to do, and what it reports. May depend on {@code state} and
 * {@code loop}; owned by whoever builds {@code DispatcherEndpoint}, where reading starts.
 */
@NullMarked
package dev.muster.manager.dispatcher;

import org.jspecify.annotations.NullMarked;
