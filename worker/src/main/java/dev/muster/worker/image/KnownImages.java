package dev.muster.worker.image;

import dev.muster.worker.runtime.ImageHandle;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the documents of the last used images say, which never changes: starting one more container of an image asks
 * containerd only whether the image is still unpacked. Thread safe.
 */
final class KnownImages {

    private static final int LIMIT = 256;

    /** Writing "last used" costs a disk flush; the collector's grace is far longer than this. */
    private static final Duration TOUCH_INTERVAL = Duration.ofMinutes(10);

    private final Map<String, ImageHandle> byName = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<String, Instant> touched = new HashMap<>();

    /** @param name registry and repository */
    synchronized Optional<ImageHandle> find(String name, String digest) {
        return Optional.ofNullable(byName.get(name + "@" + digest));
    }

    synchronized ImageHandle remember(ImageHandle handle) {
        byName.put(handle.name(), handle);
        if (byName.size() > LIMIT) {
            String eldest = byName.keySet().iterator().next();
            touched.remove(byName.remove(eldest).digest());
        }
        return handle;
    }

    /** True if the image's last use was not noted lately; then it counts as noted. */
    synchronized boolean toBeTouched(String digest, Instant now) {
        Instant last = touched.get(digest);
        if (last != null && now.isBefore(last.plus(TOUCH_INTERVAL))) {
            return false;
        }
        touched.put(digest, now);
        return true;
    }
}
