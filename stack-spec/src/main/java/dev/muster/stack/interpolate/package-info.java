/**
 * Variables in stack files: {@link dev.muster.stack.interpolate.Interpolation} replaces {@code $NAME} and its relatives
 * in string values and casts the results where the schema wants numbers or booleans. The environment is an argument.
 * Depends on {@code document} only.
 */
@NullMarked
package dev.muster.stack.interpolate;

import org.jspecify.annotations.NullMarked;
