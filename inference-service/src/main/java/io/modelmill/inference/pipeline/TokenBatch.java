package io.modelmill.inference.pipeline;

import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.model.TensorSpec;
import io.modelmill.inference.pipeline.TextTokenizer.Tokens;
import io.modelmill.inference.session.InputTensor;
import io.modelmill.inference.session.TensorContent;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Some texts of a request as inputs of the graph, [rows, tokens], filled up with zeros that the mask leaves out.
 *
 * @param rows places of the texts in their request
 */
record TokenBatch(List<Integer> rows, List<Tokens> tokens) {
    static final String IDS = "input_ids";
    static final String MASK = "attention_mask";
    static final String TYPES = "token_type_ids";
    static final List<String> INPUTS = List.of(IDS, MASK, TYPES);

    TokenBatch {
        rows = List.copyOf(rows);
        tokens = List.copyOf(tokens);
    }

    /** All inputs that the graph has. */
    List<InputTensor> inputs(Signature graph) {
        // A text without a single token has a row like any other, and a graph may not take rows of no length.
        int longest = tokens.stream().mapToInt(Tokens::count).reduce(1, Math::max);
        List<Long> shape = List.of((long) rows.size(), (long) longest);
        return graph.inputs().stream().map(spec -> input(spec, shape, longest)).toList();
    }

    private InputTensor input(TensorSpec spec, List<Long> shape, int longest) {
        int bytes = Math.multiplyExact(
                Math.multiplyExact(rows.size(), longest), spec.datatype().elementBytes());
        return new InputTensor(
                spec.name(),
                spec.datatype(),
                shape,
                new TensorContent.Elements(bytes, buffer -> write(spec, longest, buffer)));
    }

    private void write(TensorSpec spec, int longest, ByteBuffer buffer) {
        boolean wide = spec.datatype() == Datatype.INT64;
        for (Tokens text : tokens) {
            for (int index = 0; index < longest; index++) {
                long value = index < text.count() ? value(spec.name(), text, index) : 0;
                if (wide) {
                    buffer.putLong(value);
                } else {
                    buffer.putInt((int) value);
                }
            }
        }
    }

    private static long value(String input, Tokens text, int index) {
        return switch (input) {
            case IDS -> text.ids()[index];
            case MASK -> 1;
            default -> text.types()[index];
        };
    }
}
