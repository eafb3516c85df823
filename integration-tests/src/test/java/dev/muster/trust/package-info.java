/**
 * Certificates on real hosts: renewal, another root for a running cluster, an authority outside, and what a certificate that
 * should open nothing opens. {@link dev.muster.trust.CfsslServer} is the authority: it signs for real, and speaks as cfssl does.
 */
@NullMarked
package dev.muster.trust;

import org.jspecify.annotations.NullMarked;
