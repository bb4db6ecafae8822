package io.modelmill.inference.protocol;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.session.OutputTensor;
import io.modelmill.inference.session.TensorContent;
import io.modelmill.servicekit.error.Violations;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The protocol's raw form of tensors: row-major, little-endian, texts after a length of four bytes each. */
final class RawContents {
    private static final int LENGTH_BYTES = 4;

    private RawContents() {}

    /**
     * Reads an input, noting what is wrong with it.
     *
     * @param elements how many there are by the shape
     */
    static TensorContent read(ByteString raw, Datatype datatype, long elements, String field, Violations violations) {
        if (datatype == Datatype.BYTES) {
            return new TensorContent.Texts(texts(raw, elements, field, violations));
        }
        long bytes = elements * datatype.elementBytes();
        violations.check(
                raw.size() == bytes,
                field,
                raw.size() + " bytes",
                bytes + " bytes for " + elements + " elements of " + datatype);
        return new TensorContent.Elements(raw.size(), raw::copyTo);
    }

    private static List<String> texts(ByteString raw, long elements, String field, Violations violations) {
        List<String> texts = new ArrayList<>();
        ByteBuffer bytes = raw.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.remaining() >= LENGTH_BYTES) {
            int at = bytes.position();
            int length = bytes.getInt();
            if (length < 0 || length > bytes.remaining()) {
                violations.add(
                        field,
                        "length " + Integer.toUnsignedString(length) + " at byte " + at,
                        "at most the " + bytes.remaining() + " bytes that follow");
                return texts;
            }
            ByteString text = raw.substring(bytes.position(), bytes.position() + length);
            texts.add(Texts.decode(text, field + " element " + texts.size(), violations));
            bytes.position(bytes.position() + length);
        }
        violations.check(!bytes.hasRemaining(), field, bytes.remaining() + " bytes after the last element", "none");
        violations.check(texts.size() == elements, field, texts.size() + " elements", elements + " elements");
        return texts;
    }

    /** An output as raw bytes. */
    static ByteString write(OutputTensor output) {
        return switch (output) {
            // Copied: the answer outlives the run's memory.
            case OutputTensor.Elements numbers ->
                ByteString.copyFrom(numbers.elements().duplicate());
            case OutputTensor.Texts texts -> {
                List<byte[]> encoded = texts.values().stream()
                        .map(text -> text.getBytes(StandardCharsets.UTF_8))
                        .toList();
                int size = Math.toIntExact(encoded.stream()
                        .mapToLong(text -> LENGTH_BYTES + (long) text.length)
                        .sum());
                ByteBuffer bytes = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
                encoded.forEach(text -> bytes.putInt(text.length).put(text));
                yield UnsafeByteOperations.unsafeWrap(bytes.flip());
            }
        };
    }
}
