/**
 * Files that tasks are given: secrets, on a tmpfs of their own per task that goes with the task, and configs, in the
 * task's directory. Secret bytes never touch a disk: {@link dev.muster.worker.secret.SecretMounts} writes only after the
 * kernel has confirmed that the path is in memory.
 *
 * <p>May depend on {@code mount}. Start reading at {@code SecretMounts}.
 */
@NullMarked
package dev.muster.worker.secret;

import org.jspecify.annotations.NullMarked;
