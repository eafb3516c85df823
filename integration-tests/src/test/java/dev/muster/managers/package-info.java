/** Several managers on real hosts: joining, failing over, changing roles, and what is refused to keep a majority. */
@NullMarked
package dev.muster.managers;

import org.jspecify.annotations.NullMarked;
