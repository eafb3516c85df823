/**
 * Rules that hold for the repository as a whole: which package may import which ({@code ArchitectureTest}), and what its sources
 * look like ({@code TidyTest}). They read compiled classes and source files, nothing runs.
 */
@NullMarked
package dev.muster.architecture;

import org.jspecify.annotations.NullMarked;
