/** What workers may use: the classes that an operator offers, and what is left of a runner. */
@NullMarked
package io.modelmill.training.resource;

import org.jspecify.annotations.NullMarked;
