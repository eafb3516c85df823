package dev.muster.worker;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Where a worker gets time and chance from.
 *
 * @param nanoClock monotonic
 * @param random for pauses and names; split for each use
 * @param secureRandom for what must not be guessable
 */
public record WorkerSources(
        InstantSource clock,
        LongSupplier nanoClock,
        RandomGenerator.SplittableGenerator random,
        SecureRandom secureRandom) {}
