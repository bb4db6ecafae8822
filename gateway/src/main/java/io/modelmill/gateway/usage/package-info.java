/** What tenants used: training time by month, as the events of training-service tell it. */
@NullMarked
package io.modelmill.gateway.usage;

import org.jspecify.annotations.NullMarked;
