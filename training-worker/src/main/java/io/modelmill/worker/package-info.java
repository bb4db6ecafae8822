/** The process that trains one job: {@link io.modelmill.worker.WorkerMain} ties the features below to the services. */
@NullMarked
package io.modelmill.worker;

import org.jspecify.annotations.NullMarked;
