package dev.muster.manager.raft;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import dev.muster.api.LogPart;
import dev.muster.api.LogRecord;
import dev.muster.api.Sealed;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Cuts large entries into parts and puts them together again. Ratis keeps a buffer outside the heap as large as its
 * largest entry, sends entries whole, and heartbeats wait behind them: so its entries are small, and ours may be large.
 * Every manager sees the same records in the same order and keeps or drops the same parts. One thread puts together.
 */
final class LogParts {
    /** Large enough that nearly all entries are whole, small enough to be sent between two heartbeats. */
    static final int PART_BYTES = 1024 * 1024;

    private ByteString sequence = ByteString.EMPTY;
    private long term;
    private final List<ByteString> parts = new ArrayList<>();

    /** The records that carry the sealed entry, in order. */
    static List<LogRecord> cut(Sealed sealed) {
        int size = sealed.getSerializedSize();
        if (size <= PART_BYTES) {
            return List.of(LogRecord.newBuilder().setWhole(sealed).build());
        }
        var bytes = UnsafeByteOperations.unsafeWrap(sealed.toByteArray());
        int count = Math.ceilDiv(size, PART_BYTES);
        var records = new ArrayList<LogRecord>(count);
        for (int number = 0; number < count; number++) {
            int from = number * PART_BYTES;
            records.add(LogRecord.newBuilder()
                    .setPart(LogPart.newBuilder()
                            .setSequence(sealed.getNonce())
                            .setNumber(number)
                            .setCount(count)
                            .setData(bytes.substring(from, Math.min(size, from + PART_BYTES))))
                    .build());
        }
        return records;
    }

    /** Takes the next record of the log; answers the sealed entry that is complete with it, if one is. */
    Optional<Sealed> next(LogRecord record, long recordTerm) {
        return switch (record.getRecordCase()) {
            case WHOLE -> {
                interrupt();
                yield Optional.of(record.getWhole());
            }
            case PART -> part(record.getPart(), recordTerm);
            case RECORD_NOT_SET ->
                throw new RaftException("a record of the log has a form unknown here: run a newer version");
        };
    }

    /** Another entry came: what is incomplete stays so for ever. */
    void interrupt() {
        parts.clear();
        sequence = ByteString.EMPTY;
    }

    /** Whether an entry is complete in part: no snapshot may be taken here, as it would not hold the parts. */
    boolean incomplete() {
        return !parts.isEmpty();
    }

    private Optional<Sealed> part(LogPart part, long partTerm) {
        if (part.getNumber() == 0) {
            interrupt();
            sequence = part.getSequence();
            term = partTerm;
        } else if (part.getNumber() != parts.size() || !part.getSequence().equals(sequence) || partTerm != term) {
            interrupt();
            return Optional.empty();
        }
        parts.add(part.getData());
        if (parts.size() < part.getCount()) {
            return Optional.empty();
        }
        try {
            var sealed = Sealed.parseFrom(ByteString.copyFrom(parts));
            interrupt();
            return Optional.of(sealed);
        } catch (InvalidProtocolBufferException e) {
            throw new RaftException("an entry of the log is damaged: its parts do not fit together", e);
        }
    }
}
