/**
 * The object model of the whole project: the messages generated from {@code src/main/proto}, and small pure code beside
 * them. The messages are the model everywhere, in the log, in memory and on the wire; nobody maps them to other classes.
 *
 * <p>May depend on protobuf and the JDK only. Start reading at {@code objects.proto}; then {@link dev.muster.api.TaskStates},
 * which says how a task may move, and {@link dev.muster.api.Ids} and {@link dev.muster.api.Names}, which say what things
 * are called.
 */
@NullMarked
package dev.muster.api;

import org.jspecify.annotations.NullMarked;
