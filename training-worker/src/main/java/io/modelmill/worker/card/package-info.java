/** What a version tells about itself beside its graph: measures, and a card that people and programs can read. */
@NullMarked
package io.modelmill.worker.card;

import org.jspecify.annotations.NullMarked;
