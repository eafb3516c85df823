/**
 * Benchmarks, started by {@code deploy/bench.sh NAME}. Each prints one line a figure: name, value, unit and context, separated by
 * tabs, and sets its figures against a baseline taken in the same run. {@code BenchMain} is the entry.
 */
@NullMarked
package dev.muster.bench;

import org.jspecify.annotations.NullMarked;
