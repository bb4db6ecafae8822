package io.modelmill.inference.protocol;

import io.modelmill.inference.session.InputTensor;
import java.util.List;
import java.util.OptionalInt;

/**
 * A request that fits the version's signature.
 *
 * @param outputs wanted, in the order of the answer
 * @param raw whether the answer is raw, too
 */
record InferenceInput(List<InputTensor> inputs, List<WantedOutput> outputs, boolean raw) {
    InferenceInput {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    /** Names of the wanted outputs. */
    List<String> outputNames() {
        return outputs.stream().map(WantedOutput::name).toList();
    }

    /**
     * A wanted output.
     *
     * @param classes how many of the highest classes are wanted as text instead of the values
     */
    record WantedOutput(String name, OptionalInt classes) {}
}
