package dev.muster.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * What was built, and from what.
 *
 * @param commit abbreviated; {@code unknown} where the build was not told
 * @param time RFC 3339
 */
record BuildFacts(String version, String commit, String time) {
    static BuildFacts read() {
        Properties properties = new Properties();
        try (InputStream in = BuildFacts.class.getResourceAsStream("build.properties")) {
            if (in == null) {
                throw new IllegalStateException("build.properties is missing from the daemon's jar");
            }
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read build.properties", e);
        }
        return new BuildFacts(
                properties.getProperty("version"), properties.getProperty("commit"), properties.getProperty("time"));
    }
}
