/** The guide's commands and its production stack, typed as its readers type them, on real hosts. */
@NullMarked
package dev.muster.guide;

import org.jspecify.annotations.NullMarked;
