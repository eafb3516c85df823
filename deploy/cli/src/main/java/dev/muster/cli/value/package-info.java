/**
 * The values of flags that have a grammar of their own: mounts, ports, references to secrets and configs, networks,
 * ulimits, env files. Pure functions from text to messages; what does not follow its grammar throws {@code
 * SyntaxFailure}. {@link dev.muster.cli.value.Csv} is what most of them are made of.
 */
@NullMarked
package dev.muster.cli.value;

import org.jspecify.annotations.NullMarked;
