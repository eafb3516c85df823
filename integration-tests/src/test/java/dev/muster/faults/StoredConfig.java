package dev.muster.faults;

/** A config as a manager shows it. */
record StoredConfig(String name, String id, long version, String value) {
    String text() {
        return " " + value + " (version " + version + ", id " + id + ")";
    }
}
