/** Events written in the transaction that made them true, and sent to Kafka in order afterwards. */
@NullMarked
package io.modelmill.servicekit.outbox;

import org.jspecify.annotations.NullMarked;
