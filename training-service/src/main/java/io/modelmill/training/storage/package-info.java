/** Access to the service's own database. */
@NullMarked
package io.modelmill.training.storage;

import org.jspecify.annotations.NullMarked;
