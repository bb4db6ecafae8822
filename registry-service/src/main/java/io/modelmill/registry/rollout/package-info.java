/** How far the replicas of inference-service have got with each model: what they report, and who asks and waits for it. */
@NullMarked
package io.modelmill.registry.rollout;

import org.jspecify.annotations.NullMarked;
