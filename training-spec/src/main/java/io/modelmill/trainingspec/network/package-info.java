/** The layers that a network may be made of, with what each makes of the shape of its input. */
@NullMarked
package io.modelmill.trainingspec.network;

import org.jspecify.annotations.NullMarked;
