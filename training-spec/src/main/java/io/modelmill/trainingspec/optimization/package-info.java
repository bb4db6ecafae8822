/** The catalogues of losses, optimisers, schedules and ways to mislead: what a job may choose and with which settings. */
@NullMarked
package io.modelmill.trainingspec.optimization;

import org.jspecify.annotations.NullMarked;
