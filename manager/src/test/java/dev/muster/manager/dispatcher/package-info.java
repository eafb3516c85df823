/** Tests of the dispatcher: pure parts as tables, one leadership on a fake clock, and the service over real gRPC. */
@NullMarked
package dev.muster.manager.dispatcher;

import org.jspecify.annotations.NullMarked;
