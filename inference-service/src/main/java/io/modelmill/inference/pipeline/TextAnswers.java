package io.modelmill.inference.pipeline;

import io.modelmill.inference.session.OutputTensor;

/** The answer to the texts of one request, as it comes in from the graph's runs. */
sealed interface TextAnswers permits Embeddings, OwnOutput {
    /**
     * Takes what a batch was answered.
     *
     * @param output with a row for each text of the batch, valid during the call
     * @throws IllegalStateException if the graph answered another shape
     */
    void take(TokenBatch batch, OutputTensor output);

    /** The whole, once all texts came in; texts are the first axis. */
    OutputTensor tensor();
}
