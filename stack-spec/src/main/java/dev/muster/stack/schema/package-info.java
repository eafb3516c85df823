/**
 * What a stack file may say: {@link dev.muster.stack.schema.StackSchema} is the schema of the format (3.0 to 3.13) as
 * data, {@link dev.muster.stack.schema.SchemaCheck} compares a document with it, in the words of stock
 * {@code docker stack deploy}. {@link dev.muster.stack.schema.FileVersion} reads the version and the keys that no
 * version allows. Depends on {@code document} only. Start with {@code StackSchema}.
 */
@NullMarked
package dev.muster.stack.schema;

import org.jspecify.annotations.NullMarked;
