/** Whose turn it is: fair shares between tenants, priorities within them, quotas, and room kept for what is large. */
@NullMarked
package io.modelmill.training.queue;

import org.jspecify.annotations.NullMarked;
