package dev.muster.manager.logs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.LogOptions;
import dev.muster.api.LogSelector;
import dev.muster.api.NodeState;
import dev.muster.api.PublishRequest;
import dev.muster.api.SubscriptionMessage;
import dev.muster.api.Timestamps;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Readers against scripted nodes. */
class LogBrokerTest {
    private static final LogSelector WEB =
            LogSelector.newBuilder().addServiceIds("0web").build();
    private static final LogOptions ALL =
            LogOptions.newBuilder().setStdout(true).setStderr(true).build();
    private static final LogOptions FOLLOW =
            ALL.toBuilder().setFollow(true).setTail(10).build();

    private final LogBrokerFixture fixture = new LogBrokerFixture();

    @AfterEach
    void stop() throws InterruptedException {
        fixture.stop();
    }

    @Test
    void readsAllNodesOfAServiceAndEndsWhenTheyAreDone() throws InterruptedException {
        var one = fixture.connect("node1");
        var two = fixture.connect("node2");
        var idle = fixture.connect("node3");

        var reader = fixture.read(WEB, ALL);
        one.line("a", 1);
        two.line("b", 1);
        one.done();
        two.done();
        reader.awaitEnd();

        assertThat(reader.texts()).containsExactlyInAnyOrder("a", "b");
        assertThat(reader.warnings).isEmpty();
        assertThat(idle.told).isEmpty();
        assertThat(one.asked())
                .isEqualTo(SubscriptionMessage.newBuilder()
                        .setId(one.asked().getId())
                        .setSelector(WEB)
                        .setOptions(ALL)
                        .build());
        assertThat(one.ended).isTrue();
    }

    @Test
    void aNodeIsGrantedMoreOnlyWhenTheReaderHasTakenWhatItSent() {
        var one = fixture.connect("node1");
        var reader = fixture.read(WEB, FOLLOW);
        one.line("a", 1);
        one.line("b", 2);
        LogBrokerFixture.await("both lines", () -> reader.lines.size() == 2);
        LogBrokerFixture.await("the grants", () -> one.granted.get() == 2);
    }

    @Test
    void aNodeThatIsDownIsNamedAtOnce() throws InterruptedException {
        fixture.node("node2", NodeState.NODE_DOWN);
        var one = fixture.connect("node1");
        var reader = fixture.read(WEB, ALL);
        one.done();
        reader.awaitEnd();

        assertThat(reader.warnings)
                .containsExactly("warning: incomplete log stream. some logs could not be retrieved for the following"
                        + " reasons: node host2 is not available");
    }

    @Test
    void aNodeThatIsNotConnectedIsWaitedForABoundedTime() throws InterruptedException {
        var one = fixture.connect("node1");
        var reader = fixture.read(WEB, ALL);
        one.done();
        assertThat(reader.thread.join(Duration.ofMillis(600))).as("it waits").isFalse();

        fixture.nanos.addAndGet(LogReading.CONNECT_BOUND.toNanos());
        reader.awaitEnd();

        assertThat(reader.warnings).singleElement().asString().contains("node host2 is not available");
    }

    @Test
    void aNodeThatConnectsInTimeIsNotMissing() throws InterruptedException {
        var one = fixture.connect("node1");
        var reader = fixture.read(WEB, ALL);
        one.done();
        var late = fixture.connect("node2");
        late.line("late", 1);
        late.done();
        reader.awaitEnd();

        assertThat(reader.texts()).containsExactly("late");
        assertThat(reader.warnings).isEmpty();
    }

    @Test
    void aNodeThatFallsSilentDoesNotHoldTheReaderForEver() throws InterruptedException {
        var one = fixture.connect("node1");
        var mute = fixture.connect("node2");
        var reader = fixture.read(WEB, ALL);
        one.done();
        mute.asked();
        LogBrokerFixture.await("node 1 to be done", () -> one.ended);

        fixture.nanos.addAndGet(LogReading.SILENCE_BOUND.toNanos());
        reader.awaitEnd();

        assertThat(reader.warnings).singleElement().asString().contains("node host2 does not answer");
        assertThat(mute.told).hasSize(1);
    }

    @Test
    void whatANodeSaysItCannotReadReachesTheReader() throws InterruptedException {
        var one = fixture.connect("node1");
        var two = fixture.connect("node2");
        var reader = fixture.read(WEB, ALL);
        one.publish(PublishRequest.newBuilder().setError("task t: no log").setDone(true));
        two.done();
        reader.awaitEnd();

        assertThat(reader.warnings).singleElement().asString().endsWith("node host1: task t: no log");
    }

    @Test
    void followersHearOfNodesThatJoinAndOfThoseThatAreMissing() {
        var one = fixture.connect("node1");
        var two = fixture.connect("node2");
        var three = fixture.connect("node3");
        var reader = fixture.read(WEB, FOLLOW);
        one.line("a", 1);
        two.asked();
        assertThat(three.told).isEmpty();

        fixture.put(LogBrokerFixture.task("web3", "node3"));
        three.line("new", 2);
        LogBrokerFixture.await("the new node's line", () -> reader.texts().contains("new"));

        fixture.broker.disconnect("node2", two);
        fixture.node("node2", NodeState.NODE_DOWN);
        LogBrokerFixture.await("a warning", () -> !reader.warnings.isEmpty());
        assertThat(reader.warnings).singleElement().asString().contains("node host2 is not available");
        one.line("still", 3);
        LogBrokerFixture.await("lines of the others", () -> reader.texts().contains("still"));
    }

    @Test
    void aNodeThatComesBackGoesOnAfterTheLastLine() {
        var one = fixture.connect("node1");
        var reader = fixture.read(WEB, FOLLOW);
        one.line("a", 1);
        LogBrokerFixture.await("the first line", () -> reader.texts().contains("a"));

        fixture.broker.disconnect("node1", one);
        var again = fixture.connect("node1");
        var asked = again.asked();

        assertThat(asked.getOptions().hasTail()).isFalse();
        assertThat(Timestamps.instant(asked.getOptions().getSince()))
                .isEqualTo(LogBrokerFixture.NOW.plusSeconds(1).plusNanos(1));
        again.line("b", 2);
        LogBrokerFixture.await("the next line", () -> reader.texts().equals(List.of("a", "b")));
    }

    @Test
    void aNodeThatBreaksOffAgainAndAgainIsGivenUp() throws InterruptedException {
        var one = fixture.connect("node1");
        var two = fixture.connect("node2");
        var reader = fixture.read(WEB, ALL);
        two.done();
        for (int i = 1; i <= 4; i++) {
            int times = i;
            LogBrokerFixture.await("the node to be asked again", () -> one.told.size() == times);
            one.publish(PublishRequest.newBuilder());
            one.breakOff();
        }
        reader.awaitEnd();

        assertThat(reader.warnings).singleElement().asString().contains("node host1 broke off");
    }

    @Test
    void aReaderThatHasGoneIsNoticedWhileNothingComes() throws InterruptedException {
        var one = fixture.connect("node1");
        var two = fixture.connect("node2");
        var reader = fixture.read(WEB, FOLLOW);
        one.asked();
        two.asked();
        fixture.nanos.addAndGet(Duration.ofSeconds(2).toNanos());
        LogBrokerFixture.await("a pulse", () -> reader.pulses.get() == 1);

        reader.gone = true;
        fixture.nanos.addAndGet(Duration.ofSeconds(2).toNanos());
        reader.awaitEnd();

        assertThat(reader.failure).hasMessage("the reader has gone");
        assertThat(one.told).hasSize(2);
        assertThat(one.told.getLast().getClose()).isTrue();
        assertThat(fixture.broker.subscription(one.told.getFirst().getId())).isEmpty();
    }

    @Test
    void readersDoNotDisturbEachOther() throws InterruptedException {
        var one = fixture.connect("node1");
        var tasks = LogSelector.newBuilder().addTaskIds("web1").build();
        var first = fixture.read(tasks, ALL);
        var id = one.asked().getId();
        var second = fixture.read(tasks, ALL);
        LogBrokerFixture.await("both", () -> one.told.size() == 2);
        one.line("for the second", 1);
        one.done();
        second.awaitEnd();
        assertThat(first.thread.isAlive()).isTrue();

        fixture.broker
                .subscription(id)
                .orElseThrow()
                .add(new NodeFeed.Sent(
                        "node1", one, PublishRequest.newBuilder().setDone(true).build()));
        first.awaitEnd();
        assertThat(first.texts()).isEmpty();
        assertThat(second.texts()).containsExactly("for the second");
    }

    @Test
    void theEndOfTheLeadershipEndsReadersAndLinks() throws InterruptedException {
        var one = fixture.connect("node1");
        var reader = fixture.read(WEB, FOLLOW);
        one.asked();

        fixture.term.close();
        reader.awaitEnd();

        assertThat(reader.warnings).singleElement().asString().contains("the manager lost its leadership");
        assertThat(one.endOfLink).isEqualTo("this manager is not the leader");
        var late = fixture.read(WEB, FOLLOW);
        late.awaitEnd();
        assertThat(late.warnings).containsExactly("no logs: this manager is not the leader");
    }
}
