package io.modelmill.inference.protocol;

import io.modelmill.inference.session.InputTensor;
import io.modelmill.inference.session.TensorContent;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * A request that fits the version's signature.
 *
 * @param outputs wanted, in the order of the answer
 * @param raw whether the answer is raw, too
 * @param parameters what is asked of the queue
 */
record InferenceInput(List<InputTensor> inputs, List<WantedOutput> outputs, boolean raw, RequestParameters parameters) {
    InferenceInput {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    /** The same, for values that lie in the message's buffers: once it is closed, nothing is copied from there any more. */
    InferenceInput within(WireMessage<?> message) {
        List<InputTensor> within = new ArrayList<>(inputs.size());
        for (InputTensor input : inputs) {
            within.add(within(message, input));
        }
        return new InferenceInput(within, outputs, raw, parameters);
    }

    private static InputTensor within(WireMessage<?> message, InputTensor input) {
        return input.content() instanceof TensorContent.Elements elements
                ? new InputTensor(
                        input.name(),
                        input.datatype(),
                        input.shape(),
                        new TensorContent.Elements(
                                elements.byteCount(),
                                into -> message.whileOpen(
                                        () -> elements.writer().accept(into))))
                : input;
    }

    /** Names of the wanted outputs. */
    List<String> outputNames() {
        List<String> names = new ArrayList<>(outputs.size());
        for (WantedOutput output : outputs) {
            names.add(output.name());
        }
        return names;
    }

    /**
     * A wanted output.
     *
     * @param classes how many of the highest classes are wanted as text instead of the values
     */
    record WantedOutput(String name, OptionalInt classes) {}
}
