/** Entries of catalogues that a job chooses from, and the settings that it gives them. */
@NullMarked
package io.modelmill.trainingspec.setting;

import org.jspecify.annotations.NullMarked;
