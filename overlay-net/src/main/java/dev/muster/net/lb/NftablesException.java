package dev.muster.net.lb;

/** nftables refused a transaction; nothing of it is in force. */
public final class NftablesException extends RuntimeException {
    NftablesException(String message) {
        super(message);
    }
}
