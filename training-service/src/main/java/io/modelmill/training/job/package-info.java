/** Training jobs: their life cycle in one table, their events in order, and the API that tenants call. */
@NullMarked
package io.modelmill.training.job;

import org.jspecify.annotations.NullMarked;
