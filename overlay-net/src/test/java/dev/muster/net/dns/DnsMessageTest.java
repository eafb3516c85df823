package dev.muster.net.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.net.plan.Ipv4;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class DnsMessageTest {
    private static DnsMessage.Query query(String name, int type, int edns) {
        return DnsMessage.parse(ByteBuffer.wrap(DnsClient.query(name, type, edns)))
                .orElseThrow();
    }

    private static List<Ipv4> addresses(int count) {
        return IntStream.range(0, count).mapToObj(i -> new Ipv4(0x0a000100 + i)).toList();
    }

    @Test
    void readsAQuestion() {
        var query = query("Tasks.Web", DnsClient.AAAA, 4096);
        assertThat(query.id()).isEqualTo(4711);
        assertThat(query.name()).isEqualTo("tasks.web");
        assertThat(query.type()).isEqualTo(DnsMessage.TYPE_AAAA);
        assertThat(query.ednsBytes()).hasValue(4096);
        assertThat(query.problem()).isEmpty();
    }

    @Test
    void answersAsStubResolversExpect() throws IOException {
        var answer = DnsClient.read(DnsMessage.addresses(query("web", DnsClient.A, 0), addresses(2), 512));
        assertThat(answer).isEqualTo(new DnsClient.Answer(0, false, List.of("10.0.1.0", "10.0.1.1"), 1));
        assertThat(DnsClient.read(DnsMessage.pointer(query("1.0.0.10.in-addr.arpa", DnsClient.PTR, 0), "web.1.x.front"))
                        .records())
                .containsExactly("web.1.x.front");
        assertThat(DnsClient.read(DnsMessage.empty(query("web", DnsClient.A, 1232), DnsMessage.NXDOMAIN))
                        .code())
                .isEqualTo(3);
    }

    @Test
    void staysWithinWhatTheClientTakesAndSaysSo() throws IOException {
        for (int edns : new int[] {0, 600, 1232, 60000}) {
            var query = query("tasks.web", DnsClient.A, edns);
            int max = DnsMessage.maxUdpBytes(query);
            var message = DnsMessage.addresses(query, addresses(500), max);
            assertThat(message.remaining()).isLessThanOrEqualTo(max).isGreaterThan(max - 32);
            assertThat(DnsClient.read(message).truncated()).isTrue();
        }
        var whole = DnsMessage.addresses(query("tasks.web", DnsClient.A, 0), addresses(500), Short.MAX_VALUE);
        assertThat(DnsClient.read(whole).truncated()).isFalse();
        assertThat(DnsClient.read(whole).records()).hasSize(500);
    }

    @Test
    void anyBytesAreIgnoredOrRefusedButNeverFail() {
        for (long seed = 0; seed < 20_000; seed++) {
            var random = new SplittableRandom(seed);
            var bytes = DnsClient.query("tasks.web.example", DnsClient.A, random.nextBoolean() ? 1232 : 0);
            for (int i = random.nextInt(1, 6); i > 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            var message = ByteBuffer.wrap(bytes, 0, random.nextInt(bytes.length + 1));
            DnsMessage.parse(message).ifPresent(query -> {
                var answer = query.problem().isPresent()
                        ? DnsMessage.empty(query, query.problem().getAsInt())
                        : DnsMessage.addresses(query, addresses(3), DnsMessage.maxUdpBytes(query));
                assertThat(answer.remaining()).isBetween(12, 1232);
            });
        }
    }

    @Test
    void onlyTheRightAnswerCounts() {
        var query = query("example.org", DnsClient.A, 0);
        var answer = DnsMessage.addresses(query, addresses(1), 512);
        assertThat(DnsMessage.answers(answer, query, 4711)).isTrue();
        assertThat(DnsMessage.answers(answer, query, 4712)).isFalse();
        var other = DnsMessage.addresses(query("example.com", DnsClient.A, 0), addresses(1), 512);
        assertThat(DnsMessage.answers(other, query, 4711)).isFalse();
        var question = ByteBuffer.wrap(DnsClient.query("example.org", DnsClient.A, 0));
        assertThat(DnsMessage.answers(question, query, 4711)).isFalse();
    }
}
