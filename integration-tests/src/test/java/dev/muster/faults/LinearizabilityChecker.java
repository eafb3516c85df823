package dev.muster.faults;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether the history of one object is linearizable: whether its operations can be put into an order in which each takes
 * effect between its call and its return, and each answer is right for the state it then meets. Histories of several objects are
 * linearizable if each object's is, so give it one object at a time. Pure; any thread.
 *
 * <p>The search is Wing and Gong's ("Testing and verifying concurrent objects", 1993): of the operations that were called before the
 * first return that is still open, try one after the other as the next; when a return is met whose operation has no place yet, take
 * the last choice back. With Lowe's remedy ("Testing for linearizability", 2017): the same set of operations that led to the same
 * state before leads nowhere new, so each such pair is tried once.
 */
final class LinearizabilityChecker<S, O> {
    private final Model<S, O> model;
    private final long mostSteps;

    /**
     * @param mostSteps of the search, after which it gives up: the problem is NP-complete
     */
    LinearizabilityChecker(Model<S, O> model, long mostSteps) {
        this.model = model;
        this.mostSteps = mostSteps;
    }

    Linearization<O> check(List<Interval<O>> history) {
        return new Search<>(model, mostSteps, history).run();
    }

    /** A call or a return in a doubly linked list in the order of time. */
    private static final class Event {
        /** The operation's index in the history. */
        private final int operation;

        private final long nanos;

        /** Of a call: its return, unless the operation is pending. Of a return: nothing. */
        private final @Nullable Event answer;

        private final boolean call;
        private @Nullable Event before;
        private @Nullable Event after;

        private Event(int operation, long nanos, boolean call, @Nullable Event answer) {
            this.operation = operation;
            this.nanos = nanos;
            this.call = call;
            this.answer = answer;
        }

        /** Takes it out of the list; it remembers its place. */
        private void unlink() {
            if (before != null) {
                before.after = after;
            }
            if (after != null) {
                after.before = before;
            }
        }

        /** Puts it back: in the reverse order of unlinking. */
        private void relink() {
            if (before != null) {
                before.after = this;
            }
            if (after != null) {
                after.before = this;
            }
        }
    }

    /** What was tried: these operations have happened, and this is the state now. */
    private record Reached<S>(BitSet happened, S state) {}

    /** A choice that can be taken back. */
    private record Choice<S>(Event call, S stateBefore) {}

    /** One search. One thread. */
    private static final class Search<S, O> {
        private final Model<S, O> model;
        private final long mostSteps;
        private final List<Interval<O>> history;
        private final Event head = new Event(-1, Long.MIN_VALUE, true, null);
        private final Deque<Choice<S>> choices = new ArrayDeque<>();
        private final Set<Reached<S>> reached = new HashSet<>();
        private final BitSet happened = new BitSet();
        private S state;
        private int openReturns;
        private List<Interval<O>> longest = List.of();
        private @Nullable Event stuck;

        private Search(Model<S, O> model, long mostSteps, List<Interval<O>> history) {
            this.model = model;
            this.mostSteps = mostSteps;
            this.history = history;
            this.state = model.initial();
            link();
        }

        private void link() {
            List<Event> events = new ArrayList<>();
            for (int i = 0; i < history.size(); i++) {
                var interval = history.get(i);
                @Nullable Event answer = null;
                if (!interval.pending()) {
                    answer = new Event(i, interval.returnedNanos(), false, null);
                    events.add(answer);
                    openReturns++;
                }
                events.add(new Event(i, interval.invokedNanos(), true, answer));
            }
            // At the same instant calls come first: then the two may have been at once.
            events.sort(
                    (a, b) -> a.nanos == b.nanos ? Boolean.compare(b.call, a.call) : Long.compare(a.nanos, b.nanos));
            var last = head;
            for (var event : events) {
                last.after = event;
                event.before = last;
                last = event;
            }
        }

        private Linearization<O> run() {
            @Nullable Event event = head.after;
            for (long steps = 0; openReturns > 0; steps++) {
                if (steps >= mostSteps) {
                    return new Linearization.Undecided<>(steps);
                }
                // Behind the last event there is no open return, so it is never met while there is one.
                var here = Objects.requireNonNull(event);
                if (here.call) {
                    event = choose(here) ? head.after : here.after;
                } else {
                    remember(here);
                    if (choices.isEmpty()) {
                        return new Linearization.Impossible<>(
                                longest, history.get(Objects.requireNonNull(stuck).operation));
                    }
                    event = takeBack().after;
                }
            }
            return new Linearization.Found<>(order());
        }

        /** Lets the operation happen now, if it can and that is not known to lead nowhere. */
        private boolean choose(Event call) {
            var next = model.step(state, history.get(call.operation).operation());
            if (next.isEmpty()) {
                return false;
            }
            happened.set(call.operation);
            if (!reached.add(new Reached<>((BitSet) happened.clone(), next.get()))) {
                happened.clear(call.operation);
                return false;
            }
            choices.push(new Choice<>(call, state));
            state = next.get();
            call.unlink();
            if (call.answer != null) {
                call.answer.unlink();
                openReturns--;
            }
            return true;
        }

        private Event takeBack() {
            var choice = choices.pop();
            var call = choice.call();
            state = choice.stateBefore();
            happened.clear(call.operation);
            if (call.answer != null) {
                call.answer.relink();
                openReturns++;
            }
            call.relink();
            return call;
        }

        private void remember(Event answer) {
            if (stuck == null || choices.size() > longest.size()) {
                longest = order();
                stuck = answer;
            }
        }

        private List<Interval<O>> order() {
            List<Interval<O>> order = new ArrayList<>();
            choices.descendingIterator().forEachRemaining(choice -> order.add(history.get(choice.call().operation)));
            return order;
        }
    }
}
