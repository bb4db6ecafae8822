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

    /** An empty text with its place in a list. */
    private static final int TEXT_HEAP = 64;

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
        if (raw.size() != bytes) {
            violations.add(field, raw.size() + " bytes", bytes + " bytes for " + elements + " elements of " + datatype);
        }
        return new TensorContent.Elements(raw.size(), raw::copyTo);
    }

    /** Heap of an input of texts when it is read, in bytes: each text, and a whole copy of what is not in one piece. */
    static long textHeap(int bytes, long elements) {
        return Math.min(elements, bytes / LENGTH_BYTES) * TEXT_HEAP + 2L * bytes;
    }

    private static List<String> texts(ByteString raw, long elements, String field, Violations violations) {
        List<String> texts = new ArrayList<>();
        // A slice, for the buffer of a part of an array does not begin at 0.
        ByteBuffer bytes = raw.asReadOnlyByteBuffer().slice().order(ByteOrder.LITTLE_ENDIAN);
        long count = 0;
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
            // Those too many are counted for the caller's sake, but not made.
            if (count < elements) {
                ByteString text = raw.substring(bytes.position(), bytes.position() + length);
                if (!Texts.decode(text, field + " element " + count, texts, violations)) {
                    return texts;
                }
            }
            bytes.position(bytes.position() + length);
            count++;
        }
        violations.check(!bytes.hasRemaining(), field, bytes.remaining() + " bytes after the last element", "none");
        violations.check(count == elements, field, count + " elements", elements + " elements");
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
