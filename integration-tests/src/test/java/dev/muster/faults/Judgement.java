package dev.muster.faults;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What is wrong with a history and the state that it ended in. Three views of the same promises, from the plainest to the
 * strictest: who says what in the end; each write happened once; all of it has one order. Pure.
 */
final class Judgement {
    /** Far more than right histories of a few hundred operations take, and seconds of work. */
    private static final long MOST_STEPS = 3_000_000;

    /** A cluster that is wrong everywhere need not be told of config by config. */
    private static final int MOST_FAULTS = 20;

    /** What one manager showed in the end, and when it was asked. */
    record FinalState(int manager, List<StoredConfig> configs, long invokedNanos, long returnedNanos) {
        FinalState {
            configs = List.copyOf(configs);
        }
    }

    private final Map<String, List<Interval<ConfigOperation>>> histories;
    private final List<FinalState> looks;
    private final List<FinalState> finals;
    private final List<String> faults = new ArrayList<>();

    private Judgement(
            Map<String, List<Interval<ConfigOperation>>> histories, List<FinalState> looks, List<FinalState> finals) {
        this.histories = new TreeMap<>(histories);
        this.looks = looks;
        this.finals = finals;
    }

    /**
     * Empty if all is well.
     *
     * @param looks what managers showed after the load, while something may still have been on its way
     * @param finals what each manager showed in the end
     */
    static List<String> of(
            Map<String, List<Interval<ConfigOperation>>> histories, List<FinalState> looks, List<FinalState> finals) {
        var judgement = new Judgement(histories, looks, finals);
        judgement.managersAgree();
        judgement.namesAreThereOnce();
        judgement.acknowledgedCreatesAreThere();
        judgement.addReads();
        judgement.histories.forEach((name, history) -> {
            judgement.writesHappenedOnce(name, history);
            judgement.historyIsLinearizable(name, history);
        });
        int all = judgement.faults.size();
        return all <= MOST_FAULTS
                ? judgement.faults
                : Stream.concat(
                                judgement.faults.stream().limit(MOST_FAULTS),
                                Stream.of("and " + (all - MOST_FAULTS) + " more"))
                        .toList();
    }

    private void managersAgree() {
        var first = finals.getFirst();
        for (var other : finals) {
            Set<String> here = texts(first);
            Set<String> there = texts(other);
            if (!here.equals(there)) {
                var missing = new TreeSet<>(here);
                missing.removeAll(there);
                there.removeAll(here);
                faults.add("managers " + first.manager() + " and " + other.manager()
                        + " show different states in the end: only the first " + few(missing) + ", only the second "
                        + few(there));
            }
        }
    }

    private static Set<String> texts(FinalState state) {
        return state.configs().stream()
                .map(config -> config.name() + config.text())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String few(Set<String> texts) {
        return texts.size() + texts.stream().limit(5).toList().toString();
    }

    private void namesAreThereOnce() {
        for (var state : finals) {
            Map<String, StoredConfig> seen = new HashMap<>();
            for (var config : state.configs()) {
                var other = seen.put(config.name(), config);
                if (other != null) {
                    faults.add("manager " + state.manager() + " shows " + config.name() + " twice:" + other.text()
                            + " and" + config.text());
                }
            }
        }
    }

    /** Of configs that nobody ever tried to remove. */
    private void acknowledgedCreatesAreThere() {
        for (var state : finals) {
            Set<String> names =
                    state.configs().stream().map(StoredConfig::name).collect(Collectors.toCollection(TreeSet::new));
            Set<String> lost = new TreeSet<>();
            histories.forEach((name, history) -> {
                boolean created = history.stream()
                        .map(Interval::operation)
                        .anyMatch(one ->
                                one.call() instanceof ConfigCall.Create && one.answer() instanceof Answer.Written);
                boolean removed =
                        history.stream().anyMatch(one -> one.operation().call() instanceof ConfigCall.Remove);
                if (created && !removed && !names.contains(name)) {
                    lost.add(name);
                }
            });
            if (!lost.isEmpty()) {
                faults.add("acknowledged, but not there in the end at manager " + state.manager() + ": " + few(lost));
            }
        }
    }

    /** From here on what was shown in the end is part of the histories: also of configs that nobody is known to have made. */
    private void addReads() {
        for (var state : Stream.concat(looks.stream(), finals.stream()).toList()) {
            Map<String, StoredConfig> shown = new HashMap<>();
            state.configs().forEach(config -> shown.put(config.name(), config));
            Set<String> names = new TreeSet<>(histories.keySet());
            names.addAll(shown.keySet());
            for (var name : names) {
                var config = shown.get(name);
                var answer = config == null ? new Answer.Missing() : new Answer.Found(config);
                var read = new ConfigOperation(state.manager(), new ConfigCall.Read(), answer);
                histories.merge(
                        name,
                        List.of(new Interval<>(read, state.invokedNanos(), state.returnedNanos())),
                        (before, more) ->
                                Stream.concat(before.stream(), more.stream()).toList());
            }
        }
    }

    /** A value is written by one call, so it has one version and one id for ever, and replaces an older version. */
    private void writesHappenedOnce(String name, List<Interval<ConfigOperation>> history) {
        Map<String, StoredConfig> byValue = new HashMap<>();
        for (var interval : history) {
            var seen = seen(interval.operation().answer());
            if (seen.isEmpty()) {
                continue;
            }
            var before = byValue.putIfAbsent(seen.get().value(), seen.get());
            if (before != null && !before.equals(seen.get())) {
                faults.add(name + " was written twice by one call:" + before.text() + " and"
                        + seen.get().text());
            }
        }
        for (var interval : history) {
            if (interval.operation().call() instanceof ConfigCall.Update(String expected, String value)) {
                var from = byValue.get(expected);
                var to = byValue.get(value);
                if (from != null && to != null && to.version() <= from.version()) {
                    faults.add(name + " got no newer version by an update: from" + from.text() + " to" + to.text());
                }
            }
        }
    }

    private static Optional<StoredConfig> seen(Answer answer) {
        return switch (answer) {
            case Answer.Written(StoredConfig config) -> Optional.of(config);
            case Answer.Found(StoredConfig config) -> Optional.of(config);
            default -> Optional.empty();
        };
    }

    private void historyIsLinearizable(String name, List<Interval<ConfigOperation>> history) {
        switch (new LinearizabilityChecker<>(new ConfigModel(), MOST_STEPS).check(history)) {
            case Linearization.Found<ConfigOperation> _ -> {
                // As promised.
            }
            case Linearization.Impossible<ConfigOperation>(var explained, var stuck) ->
                faults.add("no order explains the history of " + name + ", at the latest at the line marked ?\n"
                        + text(history, explained, stuck));
            case Linearization.Undecided<ConfigOperation>(long steps) ->
                faults.add("the history of " + name + " is too hard to judge: given up after " + steps + " steps\n"
                        + text(history, List.of(), history.getLast()));
        }
    }

    /** The operations in the order of their calls, with milliseconds, and a number for those that have a place in the order. */
    private static String text(
            List<Interval<ConfigOperation>> history,
            List<Interval<ConfigOperation>> explained,
            Interval<ConfigOperation> stuck) {
        long start = history.stream().mapToLong(Interval::invokedNanos).min().orElse(0);
        return history.stream()
                .sorted(Comparator.comparingLong(Interval::invokedNanos))
                .map(one -> {
                    int place = explained.indexOf(one);
                    return "  %4s %10.3f to %10s ms  %s"
                            .formatted(
                                    one.equals(stuck) ? "?" : place < 0 ? "" : "" + (place + 1),
                                    (one.invokedNanos() - start) / 1e6,
                                    one.pending() ? "for ever" : "%.3f".formatted((one.returnedNanos() - start) / 1e6),
                                    one.operation().text());
                })
                .collect(Collectors.joining("\n"));
    }
}
