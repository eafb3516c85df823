/**
 * From a merged stack in the long form to {@link dev.muster.api.StackSpec}: {@link
 * dev.muster.stack.convert.StackConverter} names everything after the stack, labels it, and loads the contents of
 * configs and secrets; {@link dev.muster.stack.convert.Ignored} says which keys have no effect. Depends on {@code
 * load}, {@code document}, {@code grammar} and the messages. Start with {@code StackConverter}.
 */
@NullMarked
package dev.muster.stack.convert;

import org.jspecify.annotations.NullMarked;
