/** Tests of batches, shares and deadlines on a stand-in for a graph. */
@NullMarked
package io.modelmill.inference.batching;

import org.jspecify.annotations.NullMarked;
