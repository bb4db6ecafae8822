/** From texts to tokens, in the worker and in the tokenizer.json that travels with the model. */
@NullMarked
package io.modelmill.worker.text;

import org.jspecify.annotations.NullMarked;
