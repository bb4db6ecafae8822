/** Input stage, network and objective together: all that turns rows into answers. */
@NullMarked
package io.modelmill.worker.model;

import org.jspecify.annotations.NullMarked;
