package dev.muster.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import dev.muster.api.PortConfig;
import dev.muster.api.PortProtocol;
import dev.muster.api.PublishMode;
import dev.muster.cli.json.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutputTest {

    private static final Listing LISTING = Listing.columns("ID", "ID", "Name", "NAME", "Image", "IMAGE");

    private static final List<Row> ROWS = List.of(
            Row.of("ID", "abc", "Name", "web", "Image", "nginx").withLabels(Map.of("a", "b")),
            Row.of("ID", "0123456789ab", "Name", "a-long-name-of-a-service", "Image", "x"));

    @Test
    void tablesPadAllColumnsButTheLast() {
        assertThat(LISTING.render("", ROWS)).isEqualTo("""
            ID             NAME                       IMAGE
            abc            web                        nginx
            0123456789ab   a-long-name-of-a-service   x
            """);
    }

    @Test
    void narrowColumnsAreTenWide() {
        assertThat(new Table().row(List.of("A", "B")).row(List.of("é", "x")).render())
                .isEqualTo("A         B\né         x\n");
    }

    @Test
    void anEmptyListStillHasItsHead() {
        assertThat(LISTING.render("table", List.of())).isEqualTo("ID        NAME      IMAGE\n");
    }

    @Test
    void formatsAreTemplatesTablesOrJson() {
        assertThat(LISTING.render("{{.Name}}: {{.ID}}", ROWS))
                .isEqualTo("web: abc\na-long-name-of-a-service: 0123456789ab\n");
        assertThat(LISTING.render("table {{.Name}}\\t{{.Label \"a\"}}", ROWS)).isEqualTo("""
            NAME                       a
            web                        b
            a-long-name-of-a-service\s\s\s
            """);
        assertThat(LISTING.render("json", ROWS.subList(0, 1)))
                .isEqualTo("{\"ID\":\"abc\",\"Image\":\"nginx\",\"Name\":\"web\"}\n");
    }

    @ParameterizedTest
    @CsvSource({
        "0.5, Less than a second", "1, 1 second", "59, 59 seconds", "60, About a minute", "119, About a minute",
                "120, 2 minutes",
        "3599, 59 minutes", "3600, About an hour", "5399, About an hour", "5400, 2 hours", "172799, 2 days",
                "86400, 24 hours",
        "169200, 47 hours", "172800, 2 days", "1209599, 2 weeks", "1123200, 13 days", "1209600, 2 weeks",
                "5184000, 2 months",
        "31536000, 12 months", "63072000, 2 years", "-5, Less than a second"
    })
    void relativeTimes(double seconds, String words) {
        assertThat(RelativeTime.words(Duration.ofMillis((long) (seconds * 1000))))
                .isEqualTo(words);
    }

    @Test
    void aTimeThatWasNeverSetIsEmpty() {
        assertThat(RelativeTime.ago(Timestamp.getDefaultInstance(), Instant.EPOCH))
                .isEmpty();
        assertThat(RelativeTime.ago(Timestamp.newBuilder().setSeconds(60).build(), Instant.ofEpochSecond(90)))
                .isEqualTo("30 seconds ago");
    }

    @Test
    void namesSortAsPeopleDo() {
        assertThat(Stream.of("web10", "web2", "api", "web", "web02", "web2b").sorted(NaturalOrder.INSTANCE))
                .containsExactly("api", "web", "web02", "web2", "web2b", "web10");
    }

    @Test
    void neighbouringPortsAreMerged() {
        List<PortConfig> ports = Stream.of(port(81, 81), port(80, 80), port(443, 8443), port(82, 82), udp(53), host(99))
                .toList();
        assertThat(Words.ports(ports)).isEqualTo("*:80-82->80-82/tcp, *:443->8443/tcp, *:53->53/udp");
        assertThat(Words.hostPorts(List.of(host(99), udp(53)))).isEqualTo("*:99->99/tcp,*:53->53/udp");
    }

    private static PortConfig port(int published, int target) {
        return PortConfig.newBuilder()
                .setPublishedPort(published)
                .setTargetPort(target)
                .build();
    }

    private static PortConfig udp(int port) {
        return port(port, port).toBuilder()
                .setProtocol(PortProtocol.PROTOCOL_UDP)
                .build();
    }

    private static PortConfig host(int port) {
        return port(port, port).toBuilder()
                .setPublishMode(PublishMode.PUBLISH_HOST)
                .build();
    }

    @Test
    void jsonKeepsNumbersAndOrder() {
        String json = "{\"z\":[],\"a\":{},\"n\":12345678901234567890,\"f\":1.50,\"s\":\"<&>\"}";
        assertThat(Json.compact(Json.parse(json))).isEqualTo(json);
        assertThat(Json.indented(Json.parse("[{\"a\":1,\"b\":[true,null],\"c\":{},\"d\":[]}]")))
                .isEqualTo("""
                    [
                        {
                            "a": 1,
                            "b": [
                                true,
                                null
                            ],
                            "c": {},
                            "d": []
                        }
                    ]\
                    """);
    }

    @ParameterizedTest
    @CsvSource({"0, 0B", "1023, 1023B", "1024, 1KiB", "536870912, 512MiB", "1610612736, 1.5GiB", "7881084928, 7.34GiB"})
    void sizes(long bytes, String text) {
        assertThat(Bytes.format(bytes)).isEqualTo(text);
    }
}
