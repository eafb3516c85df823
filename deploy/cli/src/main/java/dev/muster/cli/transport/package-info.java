/**
 * How the command talks to the local daemon: HTTP/1.1 over its unix socket, written here because it must start fast.
 * {@link dev.muster.cli.transport.Daemon} is what commands use: calls of the control services as protobuf, log
 * streams in envelopes, and JSON of the Docker-compatible routes. {@link dev.muster.cli.transport.HttpExchange} is
 * one request and its response on {@link dev.muster.cli.transport.UnixChannel}. Depends on the messages only.
 */
@NullMarked
package dev.muster.cli.transport;

import org.jspecify.annotations.NullMarked;
