package dev.muster.manager.raft;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.muster.api.LogRecord;
import dev.muster.api.Sealed;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LogPartsTest {
    private final LogParts parts = new LogParts();

    @Test
    void aSmallEntryIsOneRecord() {
        var sealed = sealed(1, 100);
        assertThat(LogParts.cut(sealed))
                .singleElement()
                .satisfies(record -> assertThat(parts.next(record, 1)).contains(sealed));
    }

    @Test
    void aLargeEntryIsCompleteWithItsLastPart() {
        var sealed = sealed(1, 3 * LogParts.PART_BYTES);
        var records = LogParts.cut(sealed);
        assertThat(records)
                .hasSize(4)
                .allSatisfy(record -> assertThat(record.getSerializedSize()).isLessThan(LogParts.PART_BYTES + 1024));
        for (var record : records.subList(0, 3)) {
            assertThat(parts.next(record, 1)).isEmpty();
            assertThat(parts.incomplete()).isTrue();
        }
        assertThat(parts.next(records.getLast(), 1)).contains(sealed);
        assertThat(parts.incomplete()).isFalse();
    }

    @Test
    void anInterruptedSequenceIsAsIfItHadNeverBeen() {
        var first = LogParts.cut(sealed(1, 2 * LogParts.PART_BYTES));
        var second = LogParts.cut(sealed(2, 2 * LogParts.PART_BYTES));
        var small = sealed(3, 10);

        assertThat(feed(1, first.get(0), LogParts.cut(small).getFirst())).isEqualTo(small);
        assertThat(feed(1, first.get(1), first.get(2))).as("the rest of it").isNull();
        assertThat(feed(1, first.get(0), first.get(2), second.get(0), second.get(1), second.get(2)))
                .as("a part is missing")
                .isEqualTo(sealed(2, 2 * LogParts.PART_BYTES));
        parts.next(first.get(0), 1);
        parts.next(first.get(1), 1);
        assertThat(feed(2, first.get(2))).as("the last part in another term").isNull();
        assertThat(parts.incomplete()).isFalse();
    }

    private Sealed feed(long term, LogRecord... records) {
        Sealed last = null;
        for (var record : List.of(records)) {
            last = parts.next(record, term).orElse(null);
        }
        return last;
    }

    private static Sealed sealed(int seed, int bytes) {
        var data = new byte[bytes];
        new Random(seed).nextBytes(data);
        return Sealed.newBuilder()
                .setNonce(ByteString.copyFromUtf8("nonce " + seed))
                .setCiphertext(ByteString.copyFrom(data))
                .build();
    }
}
