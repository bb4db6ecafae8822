/** Workers as child processes of the service. */
@NullMarked
package io.modelmill.training.run.local;

import org.jspecify.annotations.NullMarked;
