/** Sends events of committed transactions to Kafka; the outbox waits while the broker is away. */
@NullMarked
package io.modelmill.registry.publishing;

import org.jspecify.annotations.NullMarked;
