/** The servers as resources of Quarkus tests. */
@NullMarked
package io.modelmill.localservers.quarkus;

import org.jspecify.annotations.NullMarked;
