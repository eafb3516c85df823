package dev.muster.faults;

import dev.muster.faults.ConfigModel.State;
import java.util.Optional;

/** One config: it is not there, or has a value. */
final class ConfigModel implements Model<State, ConfigOperation> {
    /**
     * @param value empty while there is none
     */
    record State(String value) {
        private static final State ABSENT = new State("");

        private boolean absent() {
            return value.isEmpty();
        }
    }

    @Override
    public State initial() {
        return State.ABSENT;
    }

    @Override
    public Optional<State> step(State state, ConfigOperation operation) {
        return switch (operation.call()) {
            case ConfigCall.Create(String value) -> create(state, value, operation.answer());
            case ConfigCall.Read() -> read(state, operation.answer());
            case ConfigCall.Update(String expected, String value) -> update(state, expected, value, operation.answer());
            case ConfigCall.Remove() -> remove(state, operation.answer());
        };
    }

    private static Optional<State> create(State state, String value, Answer answer) {
        return switch (answer) {
            case Answer.Written _, Answer.Unknown _ -> when(state.absent(), new State(value));
            case Answer.Exists() -> when(!state.absent(), state);
            default -> Optional.empty();
        };
    }

    private static Optional<State> read(State state, Answer answer) {
        return switch (answer) {
            case Answer.Found(StoredConfig config) -> when(state.value().equals(config.value()), state);
            case Answer.Missing() -> when(state.absent(), state);
            default -> Optional.empty();
        };
    }

    private static Optional<State> update(State state, String expected, String value, Answer answer) {
        var fits = state.value().equals(expected);
        return switch (answer) {
            case Answer.Written _, Answer.Unknown _ -> when(fits, new State(value));
            case Answer.OutOfSequence() -> when(!state.absent() && !fits, state);
            case Answer.Missing() -> when(state.absent(), state);
            default -> Optional.empty();
        };
    }

    /**
     * Removing what somebody else has just removed may be told as done: a manager that lost the outcome of its own attempt sees
     * only that the config is gone.
     */
    private static Optional<State> remove(State state, Answer answer) {
        return switch (answer) {
            case Answer.Removed(), Answer.Unknown _ -> Optional.of(State.ABSENT);
            case Answer.Missing() -> when(state.absent(), state);
            default -> Optional.empty();
        };
    }

    private static Optional<State> when(boolean possible, State next) {
        return possible ? Optional.of(next) : Optional.empty();
    }
}
