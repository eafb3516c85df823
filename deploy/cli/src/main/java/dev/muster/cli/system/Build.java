package dev.muster.cli.system;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** What is known of the build that this program came from; a value that the build did not say is {@code unknown}. */
record Build(String version, String commit, String time, String platform) {

    private static final String UNKNOWN = "unknown";

    static Build ofThisProgram() {
        Properties facts = new Properties();
        try (InputStream stream = Build.class.getResourceAsStream("build.properties")) {
            if (stream != null) {
                facts.load(stream);
            }
        } catch (IOException _) {
            // A jar that can be run can be read; and the version is not worth failing for.
        }
        String arch = System.getProperty("os.arch", UNKNOWN);
        return new Build(
                fact(facts, "version"),
                fact(facts, "commit"),
                fact(facts, "time"),
                "linux/" + (arch.equals("aarch64") ? "arm64" : arch));
    }

    private static String fact(Properties facts, String name) {
        String value = facts.getProperty(name, UNKNOWN);
        return value.startsWith("${") || value.isBlank() ? UNKNOWN : value;
    }
}
