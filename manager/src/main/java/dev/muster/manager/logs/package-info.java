/**
 * Brings containers' logs from the nodes that have them to whoever asks: agents are told what to send, and what they
 * send is handed on as fast as the reader takes it. Keeps nothing.
 *
 * <p>May depend on {@code state} and {@code loop}. Start reading at {@link dev.muster.manager.logs.LogBroker}.
 */
@NullMarked
package dev.muster.manager.logs;

import org.jspecify.annotations.NullMarked;
