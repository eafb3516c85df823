package dev.muster.manager.raft;

import dev.muster.api.LogRecord;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/**
 * One record of an entry, as Ratis carries it from the proposer to the log and to the state machine.
 *
 * @param bytes the record as the log has it
 * @param last whether the entry is complete with it
 */
record AppliedRecord(AppliedEntry entry, LogRecord record, ByteString bytes, boolean last) implements Message {
    static AppliedRecord of(AppliedEntry entry, LogRecord record, boolean last) {
        return new AppliedRecord(entry, record, UnsafeByteOperations.unsafeWrap(record.toByteArray()), last);
    }

    @Override
    public ByteString getContent() {
        return bytes;
    }
}
