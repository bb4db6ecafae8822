/** Workers as Jobs of a Kubernetes cluster, and what repairs the difference between the cluster and the database. */
@NullMarked
package io.modelmill.training.run.kubernetes;

import org.jspecify.annotations.NullMarked;
