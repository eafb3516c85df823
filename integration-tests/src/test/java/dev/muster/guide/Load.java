package dev.muster.guide;

import dev.muster.cluster.Background;
import dev.muster.cluster.TestCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Clients outside the cluster that go on asking one host's published port, each request with a path of its own and on a
 * connection of its own. Each sends a long header that nginx writes to its access log, so that whoever does not read the log
 * stalls nginx soon: a pipe holds 64 KiB.
 */
final class Load implements AutoCloseable {
    /** What one line of the access log has at least; nginx takes no header that is longer than 8 KiB. */
    static final int LINE_BYTES = 7_000;

    private static final int CLIENTS = 3;
    private static final Pattern ANSWER =
            Pattern.compile("(?:(\\S+) \\S+\\n)?= (\\d{3}) ([0-9.]+) http://[^/]+(/\\S+)\\n");

    /**
     * What became of a request.
     *
     * @param server the host name of the container that answered; empty if none did
     */
    record Answer(String server, int status, double seconds, String path) {}

    private final Path stop;
    private final List<Background> clients = new ArrayList<>();

    private Load(Path stop) {
        this.stop = stop;
    }

    static Load on(TestCluster cluster, String address) {
        Load load = new Load(cluster.dir().resolve("load-stop"));
        for (int client = 1; client <= CLIENTS; client++) {
            load.clients.add(cluster.outsideInBackground("""
                padding=$(printf %%0%dd 0)
                round=0
                while [ ! -e %s ]; do
                    round=$((round + 1))
                    curl -s -m 5 --rate 30/s -H 'Connection: close' -A "$padding" \\
                        -w '= %%{http_code} %%{time_total} %%{url}\\n' "http://%s/load-%d-$round-[1-20]"
                done\
                """.formatted(LINE_BYTES, load.stop, address, client)));
        }
        return load;
    }

    /** What all clients have got so far, in no particular order. */
    List<Answer> answers() {
        List<Answer> all = new ArrayList<>();
        for (Background client : clients) {
            Matcher answer = ANSWER.matcher(client.out());
            while (answer.find()) {
                all.add(new Answer(
                        answer.group(1) == null ? "" : answer.group(1),
                        Integer.parseInt(answer.group(2)),
                        Double.parseDouble(answer.group(3)),
                        answer.group(4)));
            }
        }
        return all;
    }

    long answeredBy(String server) {
        return answers().stream()
                .filter(answer -> answer.server().equals(server))
                .count();
    }

    /** Lets the clients end their rounds, and returns all that they got. */
    List<Answer> end() {
        try {
            Files.createFile(stop);
            for (Background client : clients) {
                client.ends(Duration.ofSeconds(60));
            }
            return answers();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        clients.forEach(Background::close);
    }
}
