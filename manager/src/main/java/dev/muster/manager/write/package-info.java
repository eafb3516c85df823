/**
 * Changes that somebody outside the loops asks for: read, decide, propose, and again if someone else was faster. Used by
 * what serves users and agents (control, dispatcher, ca).
 *
 * <p>May depend on {@code state}. Start reading at {@link dev.muster.manager.write.Writer}.
 */
@NullMarked
package dev.muster.manager.write;

import org.jspecify.annotations.NullMarked;
