/**
 * Templates of {@code --format}: the part of Go's text/template that people use with cluster commands. {@link
 * dev.muster.cli.template.Template} reads one and renders values (maps, lists, strings, numbers, booleans) with it;
 * {@link dev.muster.cli.template.TemplateFunctions} has the functions. What is not there is an error that says so,
 * never an empty text. Depends on {@code json}.
 */
@NullMarked
package dev.muster.cli.template;

import org.jspecify.annotations.NullMarked;
