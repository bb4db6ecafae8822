/** Measurements on the running fleet. They print figures and ratios and assert nothing. */
@NullMarked
package io.modelmill.fleet.bench;

import org.jspecify.annotations.NullMarked;
