package io.modelmill.inference.batching;

import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.session.InputTensor;
import io.modelmill.inference.session.TensorContent;
import java.util.ArrayList;
import java.util.List;

/** Requests for a {@link FakeGraph}. */
final class Requests {
    private Requests() {}

    /** Rows of the width, all of whose values are the number. */
    static InferenceRequest of(String tenant, float number, int rows, int width) {
        return of(tenant, number, rows, width, 0, InferenceRequest.NO_DEADLINE);
    }

    static InferenceRequest of(String tenant, float number, int rows, int width, long priority, long deadlineNanos) {
        int elements = rows * width;
        InputTensor input = new InputTensor(
                FakeGraph.INPUT,
                Datatype.FP32,
                List.of((long) rows, (long) width),
                new TensorContent.Elements(elements * Float.BYTES, buffer -> {
                    for (int element = 0; element < elements; element++) {
                        buffer.putFloat(number);
                    }
                }));
        return new InferenceRequest(tenant, List.of(input), List.of(FakeGraph.OUTPUT), priority, deadlineNanos);
    }

    /** What a {@link FakeGraph} answers to it. */
    static List<Float> answer(float number, int rows, int width) {
        List<Float> values = new ArrayList<>();
        for (int element = 0; element < rows * width; element++) {
            values.add(2 * number);
        }
        return values;
    }
}
