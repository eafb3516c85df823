/**
 * What commands print: {@link dev.muster.cli.output.Listing} (tables, {@code --format}, {@code --quiet}),
 * {@link dev.muster.cli.output.Inspection} (JSON of objects), and the small texts in them: relative times, natural
 * order, JSON. Depends on {@code template} and {@code console}. Start with {@code Listing}.
 */
@NullMarked
package dev.muster.cli.output;

import org.jspecify.annotations.NullMarked;
