package dev.muster.manager.raft;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.muster.api.LogEntry;
import dev.muster.api.LogRecord;
import dev.muster.api.Sealed;
import java.nio.charset.StandardCharsets;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;

/** From what Ratis stores to what the reducer reads. */
final class LogEntries {
    /** Where a sealed entry belongs. */
    static final byte[] PLACE = "raft log".getBytes(StandardCharsets.US_ASCII);

    private LogEntries() {}

    static LogRecord record(LogEntryProto logged) {
        try {
            return LogRecord.parseFrom(
                    logged.getStateMachineLogEntry().getLogData().asReadOnlyByteBuffer());
        } catch (InvalidProtocolBufferException e) {
            throw new RaftException("record " + logged.getIndex() + " of the log is damaged", e);
        }
    }

    static LogEntry open(Sealed sealed, Sealer sealer) {
        try {
            return LogEntry.parseFrom(sealer.open(sealed, PLACE));
        } catch (InvalidProtocolBufferException e) {
            throw new RaftException("an entry of the log is damaged", e);
        }
    }
}
