/**
 * The cluster half of the Docker-compatible API (version 1.51): JSON forms of the stored objects, and routes over
 * {@code Control}. May depend on {@code control}, on {@code dev.muster.http} and on Jackson; decides nothing itself.
 *
 * <p>{@link dev.muster.manager.http.ClusterRoutes} has the routes; {@link dev.muster.manager.http.ObjectJson} and the classes
 * behind it the forms. Field names, and which of them are left out when empty, are those of the API's description; durations
 * are nanoseconds, times RFC 3339 in UTC.
 */
@NullMarked
package dev.muster.manager.http;

import org.jspecify.annotations.NullMarked;
