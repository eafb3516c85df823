/**
 * The placeholders of task templates: the part of Go's text/template that swarm's users write, <code>{{.Service.Name}}</code>,
 * pipelines, functions, comments, trimming and if. What Go knows and this does not is refused by name. Pure: text and values
 * in, text out.
 *
 * <p>Depends on nothing of the worker. Start reading at {@link dev.muster.worker.template.Template}.
 */
@NullMarked
package dev.muster.worker.template;

import org.jspecify.annotations.NullMarked;
