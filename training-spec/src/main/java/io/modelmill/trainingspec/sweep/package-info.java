/** Searching for settings: which configurations are tried, and which trials are not worth going on with. */
@NullMarked
package io.modelmill.trainingspec.sweep;

import org.jspecify.annotations.NullMarked;
