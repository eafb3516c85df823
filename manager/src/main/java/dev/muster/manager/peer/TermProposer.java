package dev.muster.manager.peer;

import dev.muster.api.ChangeSet;
import dev.muster.manager.state.ProposalResult;
import java.util.List;

/** This manager's own leadership, as other managers see it. Raft is behind it. Any thread. */
public interface TermProposer {
    /** The newest term that this manager has heard of. */
    long term();

    /** The term in which this manager leads and takes proposals; 0 if it does not. */
    long leadingTerm();

    /** Proposes in that term, or says of each change set that this manager does not lead in it. Blocks. */
    List<ProposalResult> propose(long term, List<ChangeSet> changeSets);
}
