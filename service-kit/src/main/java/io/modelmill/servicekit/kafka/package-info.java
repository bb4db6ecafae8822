/** Settings of Kafka clients. */
@NullMarked
package io.modelmill.servicekit.kafka;

import org.jspecify.annotations.NullMarked;
