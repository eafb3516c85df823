/**
 * A small HTTP/1.1 server on Netty's epoll transport, for unix sockets and for TCP with TLS. It routes requests to handlers on
 * virtual threads, streams both ways with backpressure, and can hand a connection over as raw bytes (hijack).
 *
 * <p>It knows HTTP and the Connect-style calls of our control services, and nothing of Docker or of clusters: those come as
 * {@link dev.muster.http.Handler}s. It depends on Netty and protobuf only. Start reading at {@link dev.muster.http.HttpServer},
 * then {@link dev.muster.http.Exchange}.
 */
@NullMarked
package dev.muster.http;

import org.jspecify.annotations.NullMarked;
