package dev.muster.trust;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * {@code CfsslMain ADDRESS PORT LIFETIME-SECONDS ROOT-FILE}: a {@link CfsslServer} until it is killed; tells what it is asked.
 * Once there is a {@code ROOT-FILE.lasting}, its certificates live for a day.
 */
final class CfsslMain {
    private CfsslMain() {}

    public static void main(String[] args) throws Exception {
        var server = CfsslServer.start(args[0], Integer.parseInt(args[1]), Duration.ofSeconds(Long.parseLong(args[2])));
        Files.writeString(Path.of(args[3] + ".new"), server.rootPem(), StandardOpenOption.CREATE_NEW);
        Files.move(Path.of(args[3] + ".new"), Path.of(args[3]));
        var told = 0;
        while (true) {
            if (Files.exists(Path.of(args[3] + ".lasting"))) {
                server.signFor(Duration.ofDays(1));
            }
            var asked = server.asked();
            asked.subList(told, asked.size()).forEach(System.out::println);
            told = asked.size();
            LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
        }
    }
}
