/** The whole fleet: which processes it has, in which order they start and stop, and what others may know about it. */
@NullMarked
package io.modelmill.fleet.supervision;

import org.jspecify.annotations.NullMarked;
