package io.modelmill.inference.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.modelmill.inference.fixture.InferenceClient;
import io.modelmill.proto.inference.InferParameter;
import io.modelmill.proto.inference.InferTensorContents;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.proto.inference.ModelInferRequest.InferInputTensor;
import io.modelmill.proto.inference.ModelInferRequest.InferRequestedOutputTensor;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class WireCostTest {
    private static final int MANY = 100_000;

    @Test
    void rawTensorsCostNextToNothing() throws IOException {
        ByteString tensor = ByteString.copyFrom(new byte[10_000_000]);

        long cost = WireCost.INFER_REQUEST.estimate(
                InferenceClient.request("m", "", "x", "UINT8", List.of(1L, 10_000_000L), tensor)
                        .toByteString());

        assertThat(cost).isLessThan(4096);
    }

    static Stream<Arguments> requestsThatGrow() {
        return Stream.of(
                Arguments.of(
                        "inputs",
                        ModelInferRequest.newBuilder()
                                .addAllInputs(Collections.nCopies(MANY, InferInputTensor.getDefaultInstance())),
                        64),
                Arguments.of(
                        "outputs",
                        ModelInferRequest.newBuilder()
                                .addAllOutputs(
                                        Collections.nCopies(MANY, InferRequestedOutputTensor.getDefaultInstance())),
                        48),
                Arguments.of(
                        "raw entries",
                        ModelInferRequest.newBuilder()
                                .addAllRawInputContents(Collections.nCopies(MANY, ByteString.copyFrom(new byte[] {1}))),
                        96),
                Arguments.of(
                        "texts",
                        contents(InferTensorContents.newBuilder()
                                .addAllBytesContents(Collections.nCopies(MANY, ByteString.copyFrom(new byte[] {1})))),
                        96),
                Arguments.of(
                        "numbers of one byte each",
                        contents(InferTensorContents.newBuilder().addAllInt64Contents(Collections.nCopies(MANY, 1L))),
                        8),
                Arguments.of(
                        "axes",
                        ModelInferRequest.newBuilder()
                                .addInputs(InferInputTensor.newBuilder().addAllShape(Collections.nCopies(MANY, 1L))),
                        28),
                Arguments.of("parameters", parameters(), 150));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("requestsThatGrow")
    void countsWhatBecomesMoreThanItsBytes(String what, ModelInferRequest.Builder request, int each)
            throws IOException {
        assertThat(WireCost.INFER_REQUEST.estimate(request.build().toByteString()))
                .as(what)
                .isGreaterThanOrEqualTo((long) MANY * each);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("requestsThatGrow")
    void seesAtAGlanceThatARequestMayGrow(String what, ModelInferRequest.Builder request, int each) {
        assertThat(WireCost.isAtMost((long) MANY * each, request.build().toByteString()))
                .as(what)
                .isFalse();
    }

    @Test
    void seesAtAGlanceThatARequestOfRawTensorsDoesNotGrow() {
        ByteString tensor = ByteString.copyFrom(new byte[10_000_000]);

        assertThat(WireCost.isAtMost(
                        32 * 1024,
                        InferenceClient.request("m", "", "x", "UINT8", List.of(1L, 10_000_000L), tensor)
                                .toByteString()))
                .isTrue();
    }

    @ParameterizedTest
    @MethodSource("noMessages")
    void refusesWhatIsNoMessage(ByteString bytes) {
        assertThatExceptionOfType(InvalidProtocolBufferException.class)
                .isThrownBy(() -> WireCost.INFER_REQUEST.estimate(bytes));
    }

    static Stream<ByteString> noMessages() {
        return Stream.of(
                ByteString.copyFrom(new byte[] {(byte) 0xff}),
                // A length beyond the end, a negative one, and one beyond its own message's end.
                ByteString.copyFrom(new byte[] {0x3a, 100, 1}),
                ByteString.copyFrom(new byte[] {0x3a, -1, -1, -1, -1, 0x0f}),
                ByteString.copyFrom(new byte[] {0x2a, 2, 0x0a, 50, 1, 1}),
                // The end of a group that never began, and a group without an end.
                ByteString.copyFrom(new byte[] {0x0c}),
                ByteString.copyFrom(new byte[] {0x7b}));
    }

    private static ModelInferRequest.Builder contents(InferTensorContents.Builder contents) {
        return ModelInferRequest.newBuilder()
                .addInputs(InferInputTensor.newBuilder().setContents(contents));
    }

    private static ModelInferRequest.Builder parameters() {
        ModelInferRequest.Builder request = ModelInferRequest.newBuilder();
        for (int index = 0; index < MANY; index++) {
            request.putParameters(
                    Integer.toString(index),
                    InferParameter.newBuilder().setBoolParam(true).build());
        }
        return request;
    }
}
