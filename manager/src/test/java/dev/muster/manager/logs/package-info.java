/** Tests of the log broker: readers against scripted nodes, and the service over real gRPC. */
@NullMarked
package dev.muster.manager.logs;

import org.jspecify.annotations.NullMarked;
