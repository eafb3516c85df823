/**
 * Credentials for registries, where the user has logged in: {@link dev.muster.cli.auth.RegistryCredentials} reads
 * docker's config.json and asks its credential helpers. Depends on {@code console}, {@code json} and {@code
 * command}'s failures.
 */
@NullMarked
package dev.muster.cli.auth;

import org.jspecify.annotations.NullMarked;
