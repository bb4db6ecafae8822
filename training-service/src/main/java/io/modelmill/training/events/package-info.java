/** Sending the outbox to Kafka. */
@NullMarked
package io.modelmill.training.events;

import org.jspecify.annotations.NullMarked;
