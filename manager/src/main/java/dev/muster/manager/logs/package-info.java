/**
 * Brings containers' logs from the nodes that have them to whoever asks. Start reading at {@code LogBroker}.
 */
@NullMarked
package dev.muster.manager.logs;

import org.jspecify.annotations.NullMarked;
