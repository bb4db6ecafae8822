/**
 * Which versions are loaded on this replica: follows the registry's events, fetches and verifies files, opens sessions,
 * swaps them without a gap and lets them go.
 */
@NullMarked
package io.modelmill.inference.placement;

import org.jspecify.annotations.NullMarked;
