package dev.muster.manager.raft;

import static dev.muster.manager.raft.TestManagers.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.ChangeSet;
import dev.muster.manager.state.ClusterState;
import dev.muster.manager.state.Leadership;
import dev.muster.manager.state.LeadershipListener;
import dev.muster.manager.state.ProposalResult;
import dev.muster.manager.state.Proposer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LeadershipWatchTest {
    private final List<String> told = new CopyOnWriteArrayList<>();
    private final AtomicLong leading = new AtomicLong();
    private final AtomicInteger failures = new AtomicInteger();
    private final LeadershipWatch watch = new LeadershipWatch(new LeadershipListener() {
        @Override
        public void leadershipBegan(Leadership leadership) {
            if (failures.getAndDecrement() > 0) {
                throw new IllegalStateException("failed on purpose");
            }
            told.add("began " + leadership.term());
        }

        @Override
        public void leadershipEnded(Leadership leadership) {
            told.add("ended " + leadership.term());
        }
    });

    @AfterEach
    void close() {
        watch.close();
    }

    @Test
    void tellsOfEachLeadershipOnceInTurn() {
        start();
        leading.set(1);
        watch.changed();
        watch.changed();
        await("the first", () -> told.contains("began 1"));
        leading.set(4);
        watch.changed();
        await("the second", () -> told.contains("began 4"));
        leading.set(0);
        watch.changed();
        await("the end", () -> told.contains("ended 4"));
        assertThat(told)
                .containsExactly(
                        "opened 1", "began 1", "closed", "ended 1", "opened 4", "began 4", "closed", "ended 4");
    }

    @Test
    void noticesByItselfWhatNobodyTells() {
        start();
        leading.set(1);
        await("the beginning", () -> told.contains("began 1"));
        leading.set(0);
        await("the end", () -> told.contains("ended 1"));
    }

    @Test
    void closingEndsAnOpenLeadershipBeforeItReturns() {
        start();
        leading.set(3);
        watch.changed();
        await("the beginning", () -> told.contains("began 3"));
        watch.close();
        assertThat(told).last().isEqualTo("ended 3");
    }

    @Test
    void aLeadershipThatCannotBeginIsTriedAgain() {
        failures.set(1);
        start();
        leading.set(2);
        watch.changed();
        await("the beginning", () -> told.contains("began 2"));
        assertThat(told).containsExactly("opened 2", "closed", "opened 2", "began 2");
    }

    private void start() {
        watch.start(leading::get, new LeadershipWatch.Proposals() {
            @Override
            public Leadership open(long term) {
                told.add("opened " + term);
                return new Leadership(term, new Proposer() {
                    @Override
                    public List<ProposalResult> propose(List<ChangeSet> changeSets) {
                        return List.of();
                    }

                    @Override
                    public ClusterState read() {
                        return ClusterState.EMPTY;
                    }
                });
            }

            @Override
            public void close() {
                told.add("closed");
            }
        });
    }
}
