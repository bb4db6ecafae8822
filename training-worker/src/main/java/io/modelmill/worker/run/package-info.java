/** One whole training run in process: from a CSV file to a checked model, without any service. */
@NullMarked
package io.modelmill.worker.run;

import org.jspecify.annotations.NullMarked;
