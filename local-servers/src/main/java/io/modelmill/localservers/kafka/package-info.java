/** A one-node Kafka broker in KRaft mode. */
@NullMarked
package io.modelmill.localservers.kafka;

import org.jspecify.annotations.NullMarked;
