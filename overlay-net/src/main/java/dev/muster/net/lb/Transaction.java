package dev.muster.net.lb;

import java.util.function.Supplier;

/** Puts a change into force even where somebody else has meddled with the table. */
final class Transaction {
    private static final System.Logger LOG = System.getLogger(Transaction.class.getName());

    private Transaction() {}

    /** @param whole the text that makes the same table from nothing, for when the changes do not fit what is there */
    static void run(Nftables nftables, String changes, Supplier<String> whole) {
        try {
            nftables.run(changes);
        } catch (NftablesException e) {
            LOG.log(System.Logger.Level.WARNING, "a table is not as it was left; writing it anew", e);
            nftables.run(whole.get());
        }
    }
}
