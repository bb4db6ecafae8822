/** Copies of all that a fleet keeps, and fleets made from them: what is written, how it is checked, in which order. */
@NullMarked
package io.modelmill.fleet.backup;

import org.jspecify.annotations.NullMarked;
