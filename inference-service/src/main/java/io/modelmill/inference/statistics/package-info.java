/** What was measured of each loaded version, for the protocol's ModelStatistics and for the metrics. */
@NullMarked
package io.modelmill.inference.statistics;

import org.jspecify.annotations.NullMarked;
