package dev.muster.manager;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Time and randomness, named by the main class only.
 *
 * @param clock wall-clock time, stamped on what is stored
 * @param nanoTime monotonic time, for timeouts
 * @param random for ids, jitter and choices that may fall either way; split per use
 * @param secureRandom for keys and tokens
 */
public record Sources(
        InstantSource clock,
        LongSupplier nanoTime,
        RandomGenerator.SplittableGenerator random,
        SecureRandom secureRandom) {}
