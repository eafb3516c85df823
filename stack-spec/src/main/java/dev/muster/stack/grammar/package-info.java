/**
 * The small grammars that stack files and command lines share: durations and floats as Go writes them, sizes, CPUs,
 * ports, shell words. Pure functions from text to values; text that does not follow its grammar throws
 * {@link dev.muster.stack.grammar.SyntaxFailure}, whose message says what is wrong. Depends on protobuf's messages
 * only.
 */
@NullMarked
package dev.muster.stack.grammar;

import org.jspecify.annotations.NullMarked;
