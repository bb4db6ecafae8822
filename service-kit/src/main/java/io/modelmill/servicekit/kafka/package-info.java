/** What services need of Kafka: clients' settings, topics, and events that cannot be used. */
@NullMarked
package io.modelmill.servicekit.kafka;

import org.jspecify.annotations.NullMarked;
