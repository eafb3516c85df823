package dev.muster.manager;

import dev.muster.api.ChangeSet;
import dev.muster.manager.peer.TermProposer;
import dev.muster.manager.raft.RaftNode;
import dev.muster.manager.state.ProposalResult;
import java.util.List;

/** The terms of Raft, for proposals between managers. */
record RaftTerms(RaftNode raft) implements TermProposer {
    @Override
    public long term() {
        return raft.term();
    }

    @Override
    public long leadingTerm() {
        return raft.proposalTerm();
    }

    @Override
    public List<ProposalResult> propose(long term, List<ChangeSet> changeSets) {
        return raft.propose(term, changeSets);
    }
}
