package io.modelmill.inference.protocol;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import io.modelmill.inference.fixture.InferenceClient;
import io.modelmill.proto.inference.InferParameter;
import io.modelmill.proto.inference.InferTensorContents;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.proto.inference.ModelInferRequest.InferInputTensor;
import io.modelmill.proto.inference.ModelInferRequest.InferRequestedOutputTensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Requests that are right, wrong in one place, or no requests at all, for the inputs {@code x}, {@code ids}, {@code words}. */
final class HostileRequests {
    private static final List<String> DATATYPES =
            List.of("FP32", "INT64", "BYTES", "FP16", "BOOL", "UINT64", "", "fp32", "FP99");

    private HostileRequests() {}

    /** Any of them. */
    static byte[] next(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> valid(random).toByteArray();
            case 1 -> truncated(valid(random).toByteArray(), random);
            case 2 -> damaged(valid(random).toByteArray(), random);
            case 3 -> noise(random);
            case 4 -> lyingLength(valid(random).toByteArray(), random);
            case 5 -> swollen(random).toByteArray();
            default -> mismatched(random).toByteArray();
        };
    }

    /** A right one, raw or typed. */
    static ModelInferRequest valid(Random random) {
        int rows = random.nextInt(20);
        int ids = random.nextInt(2000);
        int words = random.nextInt(5);
        ModelInferRequest.Builder request =
                ModelInferRequest.newBuilder().setModelName("model").setId(Integer.toString(random.nextInt()));
        if (random.nextBoolean()) {
            request.putParameters(
                    random.nextBoolean() ? "timeout" : "priority",
                    InferParameter.newBuilder()
                            .setInt64Param(random.nextInt(1000))
                            .build());
        }
        InferInputTensor.Builder x = InferenceClient.input("x", "FP32", List.of((long) rows, 2L)).toBuilder();
        InferInputTensor.Builder numbers = InferenceClient.input("ids", "INT64", List.of((long) ids)).toBuilder();
        InferInputTensor.Builder texts = InferenceClient.input("words", "BYTES", List.of((long) words)).toBuilder();
        if (random.nextBoolean()) {
            return request.addInputs(x)
                    .addInputs(numbers)
                    .addInputs(texts)
                    .addRawInputContents(bytes(rows * 8, random))
                    .addRawInputContents(bytes(ids * 8, random))
                    .addRawInputContents(rawTexts(words))
                    .build();
        }
        return request.addInputs(x.setContents(
                        InferTensorContents.newBuilder().addAllFp32Contents(Collections.nCopies(rows * 2, 0.5f))))
                .addInputs(numbers.setContents(
                        InferTensorContents.newBuilder().addAllInt64Contents(Collections.nCopies(ids, -7L))))
                .addInputs(texts.setContents(InferTensorContents.newBuilder()
                        .addAllBytesContents(Collections.nCopies(words, ByteString.copyFromUtf8("wörd")))))
                .build();
    }

    private static byte[] truncated(byte[] request, Random random) {
        return Arrays.copyOf(request, random.nextInt(request.length));
    }

    private static byte[] damaged(byte[] request, Random random) {
        for (int flips = 1 + random.nextInt(8); flips > 0; flips--) {
            request[random.nextInt(Math.min(request.length, random.nextBoolean() ? 60 : request.length))] =
                    (byte) random.nextInt();
        }
        return request;
    }

    private static byte[] noise(Random random) {
        byte[] noise = new byte[random.nextInt(300)];
        random.nextBytes(noise);
        return noise;
    }

    /** A field at the end that says that it is longer than what follows, or of negative length. */
    private static byte[] lyingLength(byte[] request, Random random) {
        byte[] tail = new byte[20];
        CodedOutputStream out = CodedOutputStream.newInstance(tail);
        try {
            out.writeTag(1 + random.nextInt(9), 2);
            if (random.nextBoolean()) {
                out.writeUInt32NoTag(random.nextInt());
            } else {
                out.writeUInt64NoTag(random.nextLong());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ByteBuffer.allocate(request.length + tail.length)
                .put(request)
                .put(tail)
                .array();
    }

    /** Many small things, deep or long ones. */
    private static ModelInferRequest swollen(Random random) {
        int many = 1 + random.nextInt(3000);
        ModelInferRequest.Builder request = valid(random).toBuilder();
        switch (random.nextInt(6)) {
            case 0 -> request.addAllInputs(Collections.nCopies(many, InferInputTensor.getDefaultInstance()));
            case 1 -> request.addAllOutputs(Collections.nCopies(many, InferRequestedOutputTensor.getDefaultInstance()));
            case 2 -> request.addAllRawInputContents(Collections.nCopies(many, ByteString.EMPTY));
            case 3 -> request.setModelName("m".repeat(many * 10));
            case 4 -> request.getInputsBuilder(0).addAllShape(Collections.nCopies(many, Long.MAX_VALUE));
            default -> {
                for (int index = 0; index < many; index++) {
                    request.putParameters("triton_" + index, InferParameter.getDefaultInstance());
                }
            }
        }
        return request.build();
    }

    /** Right but for one thing. */
    private static ModelInferRequest mismatched(Random random) {
        ModelInferRequest.Builder request = valid(random).toBuilder();
        InferInputTensor.Builder input = request.getInputsBuilder(random.nextInt(3));
        switch (random.nextInt(10)) {
            case 0 -> input.setDatatype(DATATYPES.get(random.nextInt(DATATYPES.size())));
            case 1 -> input.clearShape().addShape(random.nextLong()).addShape(random.nextInt(4));
            case 2 -> input.clearShape().addShape(Integer.MAX_VALUE).addShape(Integer.MAX_VALUE);
            case 3 -> input.setName(random.nextBoolean() ? "" : "x");
            case 4 -> input.setContents(InferTensorContents.newBuilder().addUintContents(1));
            case 5 -> request.removeInputs(random.nextInt(3));
            case 6 -> request.addRawInputContents(bytes(random.nextInt(9), random));
            case 7 -> request.clearRawInputContents().addRawInputContents(bytes(random.nextInt(9), random));
            case 8 -> {
                if (request.getRawInputContentsCount() == 3) {
                    request.setRawInputContents(2, bytes(random.nextInt(40), random));
                }
            }
            default ->
                request.addOutputs(InferRequestedOutputTensor.newBuilder()
                        .setName("y")
                        .putParameters(
                                "classification",
                                InferParameter.newBuilder()
                                        .setInt64Param(random.nextLong())
                                        .build()));
        }
        return request.build();
    }

    private static ByteString bytes(int size, Random random) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return ByteString.copyFrom(bytes);
    }

    private static ByteString rawTexts(int count) {
        byte[] word = "wörd".getBytes(StandardCharsets.UTF_8);
        ByteBuffer texts = ByteBuffer.allocate(count * (4 + word.length)).order(ByteOrder.LITTLE_ENDIAN);
        for (int index = 0; index < count; index++) {
            texts.putInt(word.length).put(word);
        }
        return ByteString.copyFrom(texts.flip());
    }
}
