/** The serving state of models: what replicas must know to answer, as event and as list. */
@NullMarked
package io.modelmill.registry.serving;

import org.jspecify.annotations.NullMarked;
