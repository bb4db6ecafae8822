/** PostgreSQL and Kafka, the real servers, on one machine. */
@NullMarked
package io.modelmill.localservers;

import org.jspecify.annotations.NullMarked;
