package dev.muster.faults;

import java.util.Optional;

/**
 * What an object does when operations happen to it one after the other: the specification that histories are checked against. Pure.
 *
 * @param <S> the object's state: a value with {@code equals} and {@code hashCode}
 * @param <O> an operation with the answer that its caller got, if one came
 */
interface Model<S, O> {
    S initial();

    /** The state after the operation, or nothing if it cannot have got its answer in this state. */
    Optional<S> step(S state, O operation);
}
