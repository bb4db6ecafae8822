/** Text in, embedding or the graph's own answer out: the tokenizer before the graph and the pooling after it. */
@NullMarked
package io.modelmill.inference.pipeline;

import org.jspecify.annotations.NullMarked;
