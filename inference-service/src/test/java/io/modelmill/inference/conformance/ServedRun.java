package io.modelmill.inference.conformance;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import io.modelmill.inference.fixture.InferenceClient;
import io.modelmill.inference.model.Datatype;
import io.modelmill.proto.inference.GRPCInferenceServiceGrpc;
import io.modelmill.proto.inference.InferTensorContents;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.proto.inference.ModelInferRequest.InferInputTensor;
import io.modelmill.proto.inference.ModelInferRequest.InferRequestedOutputTensor;
import io.modelmill.proto.inference.ModelInferResponse;
import io.modelmill.proto.inference.ModelInferResponse.InferOutputTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A case through the service's gRPC port. */
final class ServedRun {
    private final Channel channel;

    ServedRun(Channel channel) {
        this.channel = channel;
    }

    /** Whether the protocol has typed contents for all inputs and outputs of the case. */
    static boolean hasTypedForm(ConformanceCase test) {
        return !test.inputs().isEmpty()
                && test.inputs().values().stream()
                        .allMatch(tensor -> tensor.datatype().hasTypedContents())
                && test.outputs().values().stream()
                        .allMatch(tensor -> tensor.datatype().hasTypedContents());
    }

    /**
     * @param typed asks and is answered in typed contents instead of raw bytes
     * @return empty if the case passes, else why it does not
     */
    String failure(ConformanceCase test, boolean typed) {
        try {
            Map<String, CaseTensor> outputs = test.outputs();
            ModelInferResponse response = GRPCInferenceServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(60, TimeUnit.SECONDS)
                    .modelInfer(request(test, typed));
            int index = 0;
            for (Map.Entry<String, CaseTensor> output : outputs.entrySet()) {
                InferOutputTensor tensor = response.getOutputs(index);
                if (!tensor.getName().equals(output.getKey())) {
                    return "output " + index + ": " + tensor.getName() + " (expected: " + output.getKey() + ")";
                }
                if (typed != tensor.hasContents()) {
                    return output.getKey() + ": typed " + tensor.hasContents() + " (expected: " + typed + ")";
                }
                CaseTensor answered = typed
                        ? typed(tensor)
                        : raw(
                                Datatype.of(tensor.getDatatype()),
                                tensor.getShapeList(),
                                response.getRawOutputContents(index));
                String difference = output.getValue().difference(answered);
                if (!difference.isEmpty()) {
                    return output.getKey() + ": " + difference;
                }
                index++;
            }
            return "";
        } catch (StatusRuntimeException refused) {
            return String.valueOf(refused.getMessage()).lines().findFirst().orElse("refused");
        }
    }

    private static ModelInferRequest request(ConformanceCase test, boolean typed) {
        ModelInferRequest.Builder request = ModelInferRequest.newBuilder().setModelName(test.name());
        test.inputs().forEach((name, tensor) -> {
            InferInputTensor.Builder input = request.addInputsBuilder()
                    .setName(name)
                    .setDatatype(tensor.datatype().name())
                    .addAllShape(tensor.shape());
            if (typed) {
                input.setContents(contents(tensor));
            } else {
                request.addRawInputContents(
                        tensor.datatype() == Datatype.BYTES
                                ? InferenceClient.texts(tensor.texts().toArray(String[]::new))
                                : ByteString.copyFrom(tensor.elements().duplicate()));
            }
        });
        test.outputs()
                .keySet()
                .forEach(name -> request.addOutputs(
                        InferRequestedOutputTensor.newBuilder().setName(name)));
        return request.build();
    }

    private static CaseTensor raw(Datatype datatype, List<Long> shape, ByteString raw) {
        return datatype == Datatype.BYTES
                ? new CaseTensor(datatype, shape, ByteBuffer.allocate(0), InferenceClient.texts(raw))
                : new CaseTensor(datatype, shape, raw.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN), List.of());
    }

    private static InferTensorContents contents(CaseTensor tensor) {
        InferTensorContents.Builder contents = InferTensorContents.newBuilder();
        ByteBuffer elements = tensor.elements().duplicate().order(ByteOrder.LITTLE_ENDIAN);
        tensor.texts().forEach(text -> contents.addBytesContents(ByteString.copyFromUtf8(text)));
        while (elements.hasRemaining()) {
            switch (tensor.datatype()) {
                case BOOL -> contents.addBoolContents(elements.get() != 0);
                case INT8 -> contents.addIntContents(elements.get());
                case INT16 -> contents.addIntContents(elements.getShort());
                case INT32 -> contents.addIntContents(elements.getInt());
                case INT64 -> contents.addInt64Contents(elements.getLong());
                case UINT8 -> contents.addUintContents(Byte.toUnsignedInt(elements.get()));
                case UINT16 -> contents.addUintContents(Short.toUnsignedInt(elements.getShort()));
                case UINT32 -> contents.addUintContents(elements.getInt());
                case UINT64 -> contents.addUint64Contents(elements.getLong());
                case FP32 -> contents.addFp32Contents(elements.getFloat());
                case FP64 -> contents.addFp64Contents(elements.getDouble());
                case FP16, BF16, BYTES, OTHER -> throw new IllegalArgumentException("typed " + tensor.datatype());
            }
        }
        return contents.build();
    }

    private static CaseTensor typed(InferOutputTensor output) {
        Datatype datatype = Datatype.of(output.getDatatype());
        InferTensorContents contents = output.getContents();
        if (datatype == Datatype.BYTES) {
            return new CaseTensor(
                    datatype,
                    output.getShapeList(),
                    ByteBuffer.allocate(0),
                    contents.getBytesContentsList().stream()
                            .map(ByteString::toStringUtf8)
                            .toList());
        }
        ByteBuffer elements =
                ByteBuffer.allocate(contents.getSerializedSize() * 8 + 8).order(ByteOrder.LITTLE_ENDIAN);
        switch (datatype) {
            case BOOL -> contents.getBoolContentsList().forEach(value -> elements.put((byte) (value ? 1 : 0)));
            case INT8 -> contents.getIntContentsList().forEach(value -> elements.put(value.byteValue()));
            case INT16 -> contents.getIntContentsList().forEach(value -> elements.putShort(value.shortValue()));
            case INT32 -> contents.getIntContentsList().forEach(elements::putInt);
            case INT64 -> contents.getInt64ContentsList().forEach(elements::putLong);
            case UINT8 -> contents.getUintContentsList().forEach(value -> elements.put(value.byteValue()));
            case UINT16 -> contents.getUintContentsList().forEach(value -> elements.putShort(value.shortValue()));
            case UINT32 -> contents.getUintContentsList().forEach(elements::putInt);
            case UINT64 -> contents.getUint64ContentsList().forEach(elements::putLong);
            case FP32 -> contents.getFp32ContentsList().forEach(elements::putFloat);
            case FP64 -> contents.getFp64ContentsList().forEach(elements::putDouble);
            case FP16, BF16, BYTES, OTHER -> throw new IllegalArgumentException("typed " + datatype);
        }
        return new CaseTensor(datatype, output.getShapeList(), elements.flip(), List.of());
    }
}
