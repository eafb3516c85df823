/**
 * From checked documents to one stack in the long form: {@link dev.muster.stack.load.StackLoader} takes one file
 * through version, interpolation, schema and typed load (each short form becomes its long form, paths become absolute,
 * environments are resolved); {@link dev.muster.stack.load.FileMerge} lays several files over each other. The result is
 * still a document with positions, the one that {@code stack config} prints in {@link
 * dev.muster.stack.load.StackOrder}'s order. Files are read through {@link dev.muster.stack.load.FileReader} only.
 * Start with {@code StackLoader}.
 */
@NullMarked
package dev.muster.stack.load;

import org.jspecify.annotations.NullMarked;
