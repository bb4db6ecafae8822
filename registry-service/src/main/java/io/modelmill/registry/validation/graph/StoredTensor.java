package io.modelmill.registry.validation.graph;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One TensorProto as it is read: what it claims, and what it holds. */
final class StoredTensor {
    private final GraphLimits limits;
    private final List<Long> dims = new ArrayList<>();
    private final Map<ElementType.Typed, Long> typed = new EnumMap<>(ElementType.Typed.class);
    private final ExternalReference external = new ExternalReference();
    private String name = "";
    private long type;
    private long rank;
    private @Nullable Long rawBytes;

    StoredTensor(GraphLimits limits) {
        this.limits = limits;
    }

    void name(String read) {
        name = read;
    }

    void type(long number) {
        // As parsers do: of an int32 the low 32 bits count.
        type = (int) number;
    }

    void dimension(long size) {
        rank++;
        // More are counted for the error, not kept.
        if (rank <= limits.rank()) {
            dims.add(size);
        }
    }

    void values(ElementType.Typed field, long more) {
        typed.merge(field, more, Long::sum);
    }

    void rawBytes(long bytes) {
        rawBytes = bytes;
    }

    ExternalReference external() {
        return external;
    }

    /**
     * Checks that the tensor holds what its dimensions claim.
     *
     * @param place what it belongs to, if it has no name
     * @param data notes the file that the tensor lies in
     */
    void check(String place, ExternalData data) throws ModelFault {
        String label = name.isEmpty() ? place : "tensor " + Quotes.quote(name);
        ElementType element = ElementType.of(type)
                .orElseThrow(() ->
                        new ModelFault(label + ": data_type " + type + " (expected: " + ElementType.expected() + ")"));
        long elements = elements(label, rank, dims, limits);
        long bytes = claimed(label, element, elements);
        if (external.isUsed()) {
            if (element == ElementType.STRING) {
                throw new ModelFault(label + ": texts in external data (expected: in string_data)");
            }
            data.check(label, external, bytes);
        } else if (rawBytes != null && element != ElementType.STRING) {
            if (rawBytes != bytes) {
                throw new ModelFault(label + ": dims " + dims + " of " + element + ", but raw_data of " + rawBytes
                        + " bytes (expected: " + bytes + ")");
            }
        } else {
            long expected = element.values(elements);
            long values = typed.getOrDefault(element.typed(), 0L);
            if (values != expected) {
                throw new ModelFault(label + ": dims " + dims + " of " + element + ", but " + values
                        + " values (expected: " + expected + ")");
            }
        }
    }

    private long claimed(String label, ElementType element, long elements) throws ModelFault {
        long bytes;
        try {
            bytes = element.bytes(elements);
        } catch (ArithmeticException e) {
            bytes = Long.MAX_VALUE;
        }
        if (bytes > limits.tensorBytes()) {
            throw new ModelFault(label + ": dims " + dims + " of " + element + " are " + bytes
                    + " bytes (expected: at most " + limits.tensorBytes() + ")");
        }
        return bytes;
    }

    /** The element count; as many as can be where they cannot be counted. */
    static long elements(String label, long rank, List<Long> dims, GraphLimits limits) throws ModelFault {
        if (rank > limits.rank()) {
            throw new ModelFault(label + ": " + rank + " dims (expected: at most " + limits.rank() + ")");
        }
        long elements = 1;
        boolean empty = false;
        for (long size : dims) {
            if (size < 0) {
                throw new ModelFault(label + ": dims " + dims + " (expected: none below 0)");
            }
            empty |= size == 0;
            try {
                elements = Math.multiplyExact(elements, Math.max(size, 1));
            } catch (ArithmeticException e) {
                elements = Long.MAX_VALUE;
            }
        }
        return empty ? 0 : elements;
    }
}
