package dev.muster.manager.write;

import dev.muster.manager.state.ProposalResult;

/** A change was not taken, or it is not known whether it was. */
public final class WriteFailure extends RuntimeException {
    private final transient ProposalResult result;

    WriteFailure(ProposalResult result) {
        super(result.message());
        this.result = result;
    }

    /** What became of the last attempt. */
    public ProposalResult result() {
        return result;
    }

    public String text() {
        return result.message();
    }
}
