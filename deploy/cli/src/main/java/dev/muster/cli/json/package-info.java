/** JSON as plain Java values, lossless: {@link dev.muster.cli.json.Json}. Depends on Jackson only. */
@NullMarked
package dev.muster.cli.json;

import org.jspecify.annotations.NullMarked;
