package io.modelmill.registry.validation.graph;

import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Reads stored tensors without their values: initializers, and those in attributes. */
final class TensorReader {
    private static final int DIMENSION = TensorProto.DIMS_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_VARINT;
    private static final int DIMENSIONS = TensorProto.DIMS_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int TYPE = TensorProto.DATA_TYPE_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_VARINT;
    private static final int NAME = TensorProto.NAME_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int RAW = TensorProto.RAW_DATA_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int EXTERNAL =
            TensorProto.EXTERNAL_DATA_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int LOCATION = TensorProto.DATA_LOCATION_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_VARINT;
    private static final int FLOAT = TensorProto.FLOAT_DATA_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_FIXED32;
    private static final int FLOATS = TensorProto.FLOAT_DATA_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int DOUBLE = TensorProto.DOUBLE_DATA_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_FIXED64;
    private static final int DOUBLES = TensorProto.DOUBLE_DATA_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int INT32 = TensorProto.INT32_DATA_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_VARINT;
    private static final int INT32S = TensorProto.INT32_DATA_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int INT64 = TensorProto.INT64_DATA_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_VARINT;
    private static final int INT64S = TensorProto.INT64_DATA_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int UINT64 = TensorProto.UINT64_DATA_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_VARINT;
    private static final int UINT64S = TensorProto.UINT64_DATA_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int STRING = TensorProto.STRING_DATA_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int ENTRY_KEY =
            StringStringEntryProto.KEY_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int ENTRY_VALUE =
            StringStringEntryProto.VALUE_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int SPARSE_VALUES =
            SparseTensorProto.VALUES_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int SPARSE_INDICES =
            SparseTensorProto.INDICES_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int SPARSE_DIMENSION = SparseTensorProto.DIMS_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_VARINT;
    private static final int SPARSE_DIMENSIONS =
            SparseTensorProto.DIMS_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    /** Bytes of the largest element, as a sparse tensor's type is read after its dimensions. */
    private static final int LARGEST_ELEMENT = 16;

    private final MessageReader messages;
    private final GraphLimits limits;
    private final ExternalData data;

    TensorReader(MessageReader messages, GraphLimits limits, ExternalData data) {
        this.messages = messages;
        this.limits = limits;
        this.data = data;
    }

    /** @param place says in errors where a tensor without a name is */
    void tensor(String place) throws IOException, ModelFault {
        StoredTensor tensor = new StoredTensor(limits);
        messages.nested(() -> fields(tensor));
        tensor.check(place, data);
    }

    private void fields(StoredTensor tensor) throws IOException, ModelFault {
        for (int tag = messages.tag(); tag != 0; tag = messages.tag()) {
            switch (tag) {
                case DIMENSION -> tensor.dimension(messages.number());
                case DIMENSIONS -> messages.packedNumbers(tensor::dimension);
                case TYPE -> tensor.type(messages.number());
                case NAME -> tensor.name(messages.label());
                case RAW -> tensor.rawBytes(messages.blob());
                case LOCATION -> tensor.external().location(messages.number());
                case EXTERNAL -> messages.nested(() -> entry(tensor.external()));
                case FLOAT, DOUBLE, INT32, INT64, UINT64 -> {
                    messages.skip(tag);
                    tensor.values(typed(tag), 1);
                }
                case FLOATS -> tensor.values(ElementType.Typed.FLOATS, whole(Float.BYTES));
                case DOUBLES -> tensor.values(ElementType.Typed.DOUBLES, whole(Double.BYTES));
                case INT32S, INT64S, UINT64S -> tensor.values(typed(tag), messages.packedNumbers(number -> {}));
                case STRING -> {
                    messages.blob();
                    tensor.values(ElementType.Typed.STRINGS, 1);
                }
                default -> messages.skip(tag);
            }
        }
    }

    private static ElementType.Typed typed(int tag) {
        return switch (WireFormat.getTagFieldNumber(tag)) {
            case TensorProto.FLOAT_DATA_FIELD_NUMBER -> ElementType.Typed.FLOATS;
            case TensorProto.DOUBLE_DATA_FIELD_NUMBER -> ElementType.Typed.DOUBLES;
            case TensorProto.INT32_DATA_FIELD_NUMBER -> ElementType.Typed.INT32S;
            case TensorProto.INT64_DATA_FIELD_NUMBER -> ElementType.Typed.INT64S;
            default -> ElementType.Typed.UINT64S;
        };
    }

    private long whole(int elementBytes) throws IOException {
        int bytes = messages.blob();
        if (bytes % elementBytes != 0) {
            throw new InvalidProtocolBufferException("a packed field ends within a number");
        }
        return bytes / elementBytes;
    }

    private void entry(ExternalReference reference) throws IOException, ModelFault {
        String key = "";
        String value = "";
        for (int tag = messages.tag(); tag != 0; tag = messages.tag()) {
            switch (tag) {
                case ENTRY_KEY -> key = messages.identifier("external_data.key");
                case ENTRY_VALUE -> value = messages.identifier("external_data.value");
                default -> messages.skip(tag);
            }
        }
        reference.entry(key, value);
    }

    /** A sparse tensor is checked as the dense one that the runtime makes of it. */
    void sparse(String place) throws IOException, ModelFault {
        messages.nested(() -> sparseFields(place));
    }

    private void sparseFields(String place) throws IOException, ModelFault {
        boolean values = false;
        boolean indices = false;
        long rank = 0;
        List<Long> dims = new ArrayList<>();
        for (int tag = messages.tag(); tag != 0; tag = messages.tag()) {
            switch (tag) {
                case SPARSE_VALUES -> {
                    once(values, place, "values");
                    values = true;
                    tensor(place + ", values");
                }
                case SPARSE_INDICES -> {
                    once(indices, place, "indices");
                    indices = true;
                    tensor(place + ", indices");
                }
                case SPARSE_DIMENSION -> {
                    rank++;
                    keep(dims, messages.number());
                }
                case SPARSE_DIMENSIONS -> rank += messages.packedNumbers(size -> keep(dims, size));
                default -> messages.skip(tag);
            }
        }
        long elements = StoredTensor.elements(place, rank, dims, limits);
        if (elements > limits.tensorBytes() / LARGEST_ELEMENT) {
            throw new ModelFault(place + ": dims " + dims + " (expected: at most "
                    + limits.tensorBytes() / LARGEST_ELEMENT + " elements)");
        }
    }

    private void keep(List<Long> dims, long size) {
        if (dims.size() < limits.rank()) {
            dims.add(size);
        }
    }

    private static void once(boolean before, String owner, String field) throws ModelFault {
        if (before) {
            throw new ModelFault(owner + ": " + field + " twice (expected: once)");
        }
    }
}
