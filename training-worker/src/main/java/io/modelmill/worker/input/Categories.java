package io.modelmill.worker.input;

import io.modelmill.worker.onnx.ElementType;
import io.modelmill.worker.onnx.OnnxGraph;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Texts of a table's column. In torch they are their index among {@code texts}, as many as there are for any other.
 *
 * @param input of the graph, {@code BYTES [batch, 1]}
 * @param texts of the training rows
 * @param oneHot whether each text becomes a number of its own that is 1 or 0, and any other text none; else a text becomes its
 *     index
 */
public record Categories(String input, List<String> texts, boolean oneHot) {
    public Categories {
        texts = List.copyOf(texts);
    }

    /** Numbers that the column becomes. */
    public long width() {
        return oneHot ? texts.size() : 1;
    }

    Tensor forward(Tensor indices) {
        if (!oneHot) {
            return indices.to(torch.ScalarType.Float);
        }
        long known = texts.size();
        return torch.one_hot(indices.reshape(-1), known + 1).narrow(1, 0, known).to(torch.ScalarType.Float);
    }

    String export(OnnxGraph graph) {
        String column = graph.input(input, ElementType.TEXT, List.of(1L));
        long known = texts.size();
        String indices = graph.learned("LabelEncoder", encoding(), column);
        if (!oneHot) {
            return graph.cast(indices, ElementType.FLOAT);
        }
        // An index that is the depth is outside of it, and its row stays 0.
        String depth = graph.constant("depth", new long[] {known});
        String values = graph.constant("off_on", new float[] {0, 1}, 2);
        return graph.reshape(graph.node("OneHot", indices, depth, values), 0, known);
    }

    private Map<String, Object> encoding() {
        List<Object> keys = new ArrayList<>(texts);
        List<Long> values =
                new ArrayList<>(LongStream.range(0, texts.size()).boxed().toList());
        for (int index = 0; index < texts.size(); index++) {
            byte[] others = modified(texts.get(index));
            if (!Arrays.equals(others, texts.get(index).getBytes(StandardCharsets.UTF_8))) {
                keys.add(others);
                values.add((long) index);
            }
        }
        return Map.of(
                "keys_strings",
                keys,
                "values_int64s",
                values.stream().mapToLong(Long::longValue).toArray(),
                "default_int64",
                (long) texts.size());
    }

    /**
     * The text as ONNX Runtime's Java part hands it to the graph, in JNI's own UTF-8: characters beyond the first 65,536 are two
     * of three bytes each, and that of number 0 has two bytes. It is known beside the true one, which all others send.
     */
    private static byte[] modified(String text) {
        var bytes = new ByteArrayOutputStream();
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (unit > 0 && unit < 0x80) {
                bytes.write(unit);
            } else if (unit < 0x800) {
                bytes.write(0xC0 | unit >> 6);
                bytes.write(0x80 | unit & 0x3F);
            } else {
                bytes.write(0xE0 | unit >> 12);
                bytes.write(0x80 | unit >> 6 & 0x3F);
                bytes.write(0x80 | unit & 0x3F);
            }
        }
        return bytes.toByteArray();
    }
}
