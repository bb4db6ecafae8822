/** registry-service as this service sees it: facts about models and rows, and the versions that jobs make. */
@NullMarked
package io.modelmill.training.registry;

import org.jspecify.annotations.NullMarked;
