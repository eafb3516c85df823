/**
 * The guide's commands and its production stack, typed as its readers type them, on three real hosts. The classes share one
 * cluster, which {@code Guide} forms: {@code GuideIT} goes through single services, {@code GuideStackIT} through the stack as it
 * is deployed, {@code GuideStackLifeIT} through what happens to it afterwards. They run in this order, after all other classes.
 */
@NullMarked
package dev.muster.guide;

import org.jspecify.annotations.NullMarked;
