/**
 * Who signs for the cluster: {@link dev.muster.manager.trust.Signers} finds whoever has the root's key, here or outside,
 * {@link dev.muster.manager.trust.RootWishes} makes of what a user asks for the beginning of a rotation, and
 * {@link dev.muster.manager.trust.CfsslAuthority} speaks to authorities outside.
 *
 * <p>May depend on {@code settings}, {@code dev.muster.api}, {@code dev.muster.pki} and Jackson. Start reading at
 * {@code Signers}.
 */
@NullMarked
package dev.muster.manager.trust;

import org.jspecify.annotations.NullMarked;
