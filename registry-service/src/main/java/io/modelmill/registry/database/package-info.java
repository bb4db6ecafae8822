/** Access to the service's own database, and the JSON columns in it. */
@NullMarked
package io.modelmill.registry.database;

import org.jspecify.annotations.NullMarked;
