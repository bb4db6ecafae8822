package io.modelmill.inference.protocol;

import static io.modelmill.inference.fixture.InferenceClient.floats;
import static io.modelmill.inference.fixture.InferenceClient.input;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.ByteString;
import io.modelmill.inference.fixture.InferenceClient;
import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.model.TensorSpec;
import io.modelmill.inference.session.OutputTensor;
import io.modelmill.inference.session.TensorContent;
import io.modelmill.proto.inference.InferParameter;
import io.modelmill.proto.inference.InferTensorContents;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.proto.inference.ModelInferRequest.InferRequestedOutputTensor;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class InferRequestCodecTest {
    private static final Signature SIGNATURE = new Signature(
            List.of(
                    new TensorSpec("x", Datatype.FP32, List.of(-1L, 2L)),
                    new TensorSpec("words", Datatype.BYTES, List.of(-1L))),
            List.of(
                    new TensorSpec("scores", Datatype.FP32, List.of(-1L, 3L)),
                    new TensorSpec("half", Datatype.FP16, List.of(-1L)),
                    new TensorSpec("free", Datatype.FP32, List.of(-1L, -1L)),
                    new TensorSpec("texts", Datatype.BYTES, List.of(-1L))));

    @Test
    void readsRawContents() {
        InferenceInput read = InferRequestCodec.read(rawRequest().build(), SIGNATURE);

        assertThat(read.raw()).isTrue();
        assertThat(read.outputNames()).containsExactly("scores", "half", "free", "texts");
        TensorContent.Elements numbers =
                (TensorContent.Elements) read.inputs().getFirst().content();
        ByteBuffer written = ByteBuffer.allocate(numbers.byteCount());
        numbers.writer().accept(written);
        assertThat(ByteString.copyFrom(written.flip())).isEqualTo(floats(1, 2));
        assertThat(read.inputs().getLast().content()).isEqualTo(new TensorContent.Texts(List.of("one", "")));
    }

    @Test
    void answersTypedIfTheRequestIsTypedAndAllWantedOutputsCanBe() {
        assertThat(InferRequestCodec.read(typedRequest().build(), SIGNATURE).raw())
                .as("half has no typed form")
                .isTrue();
        assertThat(InferRequestCodec.read(
                                typedRequest().addOutputs(wanted("scores")).build(), SIGNATURE)
                        .raw())
                .isFalse();
    }

    @Test
    void keepsTheOrderOfWantedOutputs() {
        InferenceInput read = InferRequestCodec.read(
                rawRequest()
                        .addOutputs(wanted("texts"))
                        .addOutputs(wanted("scores"))
                        .build(),
                SIGNATURE);

        assertThat(read.outputNames()).containsExactly("texts", "scores");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faults")
    void tellsWhatIsWrong(String name, ModelInferRequest.Builder request, List<String> expected) {
        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(() -> InferRequestCodec.read(request.build(), SIGNATURE))
                .satisfies(failure -> assertThat(failure.violations())
                        .extracting(violation -> violation.field() + ": " + violation.description())
                        .containsExactlyElementsOf(expected));
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                fault(
                        "no inputs",
                        ModelInferRequest.newBuilder(),
                        "inputs: [] (expected: \"x\" among them)",
                        "inputs: [] (expected: \"words\" among them)"),
                fault(
                        "unknown input",
                        rawRequest().addInputs(input("y", "FP32", List.of(1L))).addRawInputContents(floats(1)),
                        "inputs[2].name: \"y\" (expected: one of [x, words])"),
                fault(
                        "input twice",
                        rawRequest()
                                .addInputs(input("x", "FP32", List.of(1L, 2L)))
                                .addRawInputContents(floats(1, 2)),
                        "inputs[2].name: \"x\" (expected: each input once)"),
                fault(
                        "wrong datatype",
                        rawRequest().setInputs(0, input("x", "FP64", List.of(1L, 2L))),
                        "inputs[0].datatype: \"FP64\" (expected: FP32)"),
                fault(
                        "unheard-of datatype",
                        rawRequest().setInputs(0, input("x", "fp32", List.of(1L, 2L))),
                        "inputs[0].datatype: \"fp32\" (expected: FP32)"),
                fault(
                        "wrong rank",
                        rawRequest().setInputs(0, input("x", "FP32", List.of(2L))),
                        "inputs[0].shape: [2] (expected: [-1, 2], -1 is any length)"),
                fault(
                        "wrong axis",
                        rawRequest().setInputs(0, input("x", "FP32", List.of(1L, 3L))),
                        "inputs[0].shape: [1, 3] (expected: [-1, 2], -1 is any length)"),
                fault(
                        "negative axis",
                        rawRequest().setInputs(0, input("x", "FP32", List.of(-1L, 2L))),
                        "inputs[0].shape: [-1, 2] (expected: [-1, 2], -1 is any length)"),
                fault(
                        "axis that overflows",
                        rawRequest().setInputs(0, input("x", "FP32", List.of(Long.MAX_VALUE, 2L))),
                        "inputs[0].shape: [9223372036854775807, 2] (expected: [-1, 2], -1 is any length)"),
                fault(
                        "wrong byte count",
                        rawRequest().setRawInputContents(0, floats(1)),
                        "raw_input_contents[0]: \"4 bytes\" (expected: 8 bytes for 2 elements of FP32)"),
                fault(
                        "huge shape without bytes",
                        rawRequest().setInputs(0, input("x", "FP32", List.of(2_000_000_000L, 2L))),
                        "raw_input_contents[0]: \"8 bytes\" (expected: 16000000000 bytes for 4000000000 elements of FP32)"),
                fault(
                        "raw entry missing",
                        ModelInferRequest.newBuilder()
                                .addAllInputs(rawRequest().getInputsList())
                                .addRawInputContents(floats(1, 2)),
                        "raw_input_contents: \"1 entries\" (expected: 2, one for each input)"),
                fault(
                        "raw and typed",
                        rawRequest()
                                .setInputs(
                                        0,
                                        input("x", "FP32", List.of(1L, 2L)).toBuilder()
                                                .setContents(InferTensorContents.newBuilder()
                                                        .addFp32Contents(1))),
                        "inputs[0].contents: \"contents beside raw_input_contents\" (expected: one of them for the whole"
                                + " request)"),
                fault(
                        "too few typed elements",
                        typedRequest(InferTensorContents.newBuilder().addFp32Contents(1)),
                        "inputs[0].contents.fp32_contents: \"1 elements\" (expected: 2 elements by the shape)"),
                fault(
                        "typed elements of another type",
                        typedRequest(InferTensorContents.newBuilder()
                                .addFp64Contents(1)
                                .addFp64Contents(2)),
                        "inputs[0].contents.fp32_contents: \"0 elements\" (expected: 2 elements by the shape)",
                        "inputs[0].contents.fp64_contents: \"2 elements\" (expected: none, FP32 travels in fp32_contents)"),
                fault(
                        "a text that ends early",
                        rawRequest().setRawInputContents(1, raw(9, 0, 0, 0, 'a')),
                        "raw_input_contents[1]: \"length 9 at byte 0\" (expected: at most the 1 bytes that follow)"),
                fault(
                        "a text of negative length",
                        rawRequest().setRawInputContents(1, raw(-1, -1, -1, -1, 'a')),
                        "raw_input_contents[1]: \"length 4294967295 at byte 0\" (expected: at most the 1 bytes that"
                                + " follow)"),
                fault(
                        "bytes after the last text",
                        rawRequest().setRawInputContents(1, raw(0, 0, 0, 0, 0, 0, 0, 0, 7)),
                        "raw_input_contents[1]: \"1 bytes after the last element\" (expected: none)"),
                fault(
                        "too many texts",
                        rawRequest().setRawInputContents(1, InferenceClient.texts("a", "b", "c")),
                        "raw_input_contents[1]: \"3 elements\" (expected: 2 elements)"),
                fault(
                        "a text that is no UTF-8",
                        rawRequest().setRawInputContents(1, raw(1, 0, 0, 0, 0xff, 0, 0, 0, 0)),
                        "raw_input_contents[1] element 0: \"1 bytes that are no UTF-8\" (expected: UTF-8)"),
                fault(
                        "unknown output",
                        rawRequest().addOutputs(wanted("nothing")),
                        "outputs[0].name: \"nothing\" (expected: one of [scores, half, free, texts])"),
                fault(
                        "output twice",
                        rawRequest().addOutputs(wanted("scores")).addOutputs(wanted("scores")),
                        "outputs[1].name: \"scores\" (expected: each output once)"),
                fault(
                        "no classes",
                        classes("scores", InferenceClient.number(0)),
                        "outputs[0].parameters.classification: 0 (expected: an int64_param of 1 to 3)"),
                fault(
                        "more classes than there are",
                        classes("scores", InferenceClient.number(4)),
                        "outputs[0].parameters.classification: 4 (expected: an int64_param of 1 to 3)"),
                fault(
                        "classes as text",
                        classes(
                                "free",
                                InferParameter.newBuilder().setStringParam("3").build()),
                        "outputs[0].parameters.classification: STRING_PARAM (expected: an int64_param of at least 1)"),
                fault(
                        "classes of texts",
                        classes("texts", InferenceClient.number(1)),
                        "outputs[0].parameters.classification: \"BYTES output\" (expected: an output of numbers)"));
    }

    @Test
    void tellsAllFaultsAtOnce() {
        ModelInferRequest.Builder request = rawRequest()
                .setInputs(0, input("x", "INT8", List.of(3L)))
                .setRawInputContents(1, ByteString.copyFromUtf8("abc"))
                .addOutputs(wanted("nothing"));

        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(() -> InferRequestCodec.read(request.build(), SIGNATURE))
                .satisfies(failure -> assertThat(failure.violations())
                        .extracting("field")
                        .containsExactly(
                                "inputs[0].datatype",
                                "inputs[0].shape",
                                "raw_input_contents[1]",
                                "raw_input_contents[1]",
                                "outputs[0].name"));
    }

    @Test
    void saysWhatItCannotCarry() {
        Signature unsigned = new Signature(List.of(new TensorSpec("x", Datatype.UINT32, List.of(-1L))), List.of());
        ModelInferRequest request =
                InferenceClient.request("m", "", "x", "UINT32", List.of(1L), ByteString.copyFrom(new byte[4]));

        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(() -> InferRequestCodec.read(request, unsigned))
                .withMessage("input \"x\": datatype UINT32 cannot be fed to ONNX Runtime from Java")
                .satisfies(failure -> assertThat(failure.reason()).isEqualTo(InferenceReason.DATATYPE_NOT_CARRIED));
    }

    @Test
    void saysWhichTextsItCannotCarry() {
        ModelInferRequest request = rawRequest()
                .setRawInputContents(1, InferenceClient.texts("fine", "🙂"))
                .build();

        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(() -> InferRequestCodec.read(request, SIGNATURE))
                .withMessageContaining("characters beyond U+FFFF")
                .satisfies(failure -> assertThat(failure.reason()).isEqualTo(InferenceReason.DATATYPE_NOT_CARRIED));
    }

    @Test
    void takesAnyRankWhereTheGraphTellsNone() {
        Signature free = new Signature(List.of(new TensorSpec("x", Datatype.FP32, List.of())), List.of());

        for (List<Long> shape : List.of(List.<Long>of(), List.of(1L), List.of(1L, 1L))) {
            ModelInferRequest request = InferenceClient.request("m", "", "x", "FP32", shape, floats(1));
            assertThat(InferRequestCodec.read(request, free).inputs().getFirst().shape())
                    .isEqualTo(shape);
        }
    }

    @ParameterizedTest
    @MethodSource("typedValues")
    void writesTypedValuesLittleEndian(Datatype datatype, InferTensorContents contents, ByteBuffer expected) {
        Signature one = new Signature(List.of(new TensorSpec("x", datatype, List.of(-1L))), List.of());
        ModelInferRequest request = ModelInferRequest.newBuilder()
                .addInputs(input("x", datatype.name(), List.of(2L)).toBuilder().setContents(contents))
                .build();

        // Unsigned ones cannot be fed but are read, so the codec of contents is asked itself.
        TensorContent.Elements read = (TensorContent.Elements) TypedContentsCodec.read(
                request.getInputs(0).getContents(),
                one.inputs().getFirst().datatype(),
                2,
                "contents",
                new Violations());

        ByteBuffer written = ByteBuffer.allocate(read.byteCount()).order(ByteOrder.LITTLE_ENDIAN);
        read.writer().accept(written);
        assertThat(written.flip()).isEqualTo(expected.flip());
        assertThat(TypedContentsCodec.write(new OutputTensor.Elements("y", datatype, List.of(2L), written)))
                .isEqualTo(contents);
    }

    static Stream<Arguments> typedValues() {
        return Stream.of(
                Arguments.of(
                        Datatype.BOOL,
                        InferTensorContents.newBuilder()
                                .addBoolContents(true)
                                .addBoolContents(false)
                                .build(),
                        bytes().put((byte) 1).put((byte) 0)),
                Arguments.of(
                        Datatype.INT8,
                        InferTensorContents.newBuilder()
                                .addIntContents(-128)
                                .addIntContents(127)
                                .build(),
                        bytes().put((byte) -128).put((byte) 127)),
                Arguments.of(
                        Datatype.INT16,
                        InferTensorContents.newBuilder()
                                .addIntContents(-32768)
                                .addIntContents(32767)
                                .build(),
                        bytes().putShort((short) -32768).putShort((short) 32767)),
                Arguments.of(
                        Datatype.INT32,
                        InferTensorContents.newBuilder()
                                .addIntContents(Integer.MIN_VALUE)
                                .addIntContents(5)
                                .build(),
                        bytes().putInt(Integer.MIN_VALUE).putInt(5)),
                Arguments.of(
                        Datatype.INT64,
                        InferTensorContents.newBuilder()
                                .addInt64Contents(Long.MIN_VALUE)
                                .addInt64Contents(5)
                                .build(),
                        bytes().putLong(Long.MIN_VALUE).putLong(5)),
                Arguments.of(
                        Datatype.UINT8,
                        InferTensorContents.newBuilder()
                                .addUintContents(255)
                                .addUintContents(0)
                                .build(),
                        bytes().put((byte) 255).put((byte) 0)),
                Arguments.of(
                        Datatype.UINT16,
                        InferTensorContents.newBuilder()
                                .addUintContents(65535)
                                .addUintContents(0)
                                .build(),
                        bytes().putShort((short) 65535).putShort((short) 0)),
                Arguments.of(
                        Datatype.UINT32,
                        InferTensorContents.newBuilder()
                                .addUintContents(-1)
                                .addUintContents(0)
                                .build(),
                        bytes().putInt(-1).putInt(0)),
                Arguments.of(
                        Datatype.UINT64,
                        InferTensorContents.newBuilder()
                                .addUint64Contents(-1)
                                .addUint64Contents(0)
                                .build(),
                        bytes().putLong(-1).putLong(0)),
                Arguments.of(
                        Datatype.FP32,
                        InferTensorContents.newBuilder()
                                .addFp32Contents(1.5f)
                                .addFp32Contents(Float.NaN)
                                .build(),
                        bytes().putFloat(1.5f).putFloat(Float.NaN)),
                Arguments.of(
                        Datatype.FP64,
                        InferTensorContents.newBuilder()
                                .addFp64Contents(1.5)
                                .addFp64Contents(-0.0)
                                .build(),
                        bytes().putDouble(1.5).putDouble(-0.0)));
    }

    @ParameterizedTest
    @MethodSource("valuesOutOfRange")
    void refusesTypedValuesOutOfRange(Datatype datatype, InferTensorContents.Builder contents, String expected) {
        Signature one = new Signature(List.of(new TensorSpec("x", datatype, List.of(-1L))), List.of());
        ModelInferRequest request = ModelInferRequest.newBuilder()
                .addInputs(input("x", datatype.name(), List.of(1L)).toBuilder().setContents(contents))
                .build();

        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(() -> InferRequestCodec.read(request, one))
                .withMessage("inputs[0].contents." + expected);
    }

    static Stream<Arguments> valuesOutOfRange() {
        return Stream.of(
                Arguments.of(
                        Datatype.INT8,
                        InferTensorContents.newBuilder().addIntContents(128),
                        "int_contents[0]: 128 (expected: -128 to 127 for INT8)"),
                Arguments.of(
                        Datatype.INT16,
                        InferTensorContents.newBuilder().addIntContents(-32769),
                        "int_contents[0]: -32769 (expected: -32768 to 32767 for INT16)"),
                Arguments.of(
                        Datatype.UINT8,
                        InferTensorContents.newBuilder().addUintContents(256),
                        "uint_contents[0]: \"256\" (expected: 0 to 255 for UINT8)"),
                Arguments.of(
                        Datatype.UINT8,
                        InferTensorContents.newBuilder().addUintContents(-1),
                        "uint_contents[0]: \"4294967295\" (expected: 0 to 255 for UINT8)"));
    }

    @Test
    void refusesTypedValuesOfTypesThatTravelRawAlone() {
        Signature half = new Signature(List.of(new TensorSpec("x", Datatype.FP16, List.of(1L))), List.of());
        ModelInferRequest request = ModelInferRequest.newBuilder()
                .addInputs(input("x", "FP16", List.of(1L)).toBuilder()
                        .setContents(InferTensorContents.newBuilder().addFp32Contents(1)))
                .build();

        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(() -> InferRequestCodec.read(request, half))
                .withMessageContaining("FP16 travels in raw_input_contents alone");
    }

    private static ByteBuffer bytes() {
        return ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static Arguments fault(String name, ModelInferRequest.Builder request, String... expected) {
        return Arguments.of(name, request, Arrays.asList(expected));
    }

    private static ModelInferRequest.Builder rawRequest() {
        return ModelInferRequest.newBuilder()
                .addInputs(input("x", "FP32", List.of(1L, 2L)))
                .addInputs(input("words", "BYTES", List.of(2L)))
                .addRawInputContents(floats(1, 2))
                .addRawInputContents(InferenceClient.texts("one", ""));
    }

    private static ModelInferRequest.Builder typedRequest() {
        return typedRequest(InferTensorContents.newBuilder().addFp32Contents(1).addFp32Contents(2));
    }

    private static ModelInferRequest.Builder typedRequest(InferTensorContents.Builder x) {
        return ModelInferRequest.newBuilder()
                .addInputs(input("x", "FP32", List.of(1L, 2L)).toBuilder().setContents(x))
                .addInputs(input("words", "BYTES", List.of(1L)).toBuilder()
                        .setContents(
                                InferTensorContents.newBuilder().addBytesContents(ByteString.copyFromUtf8("one"))));
    }

    private static ModelInferRequest.Builder classes(String output, InferParameter count) {
        return rawRequest().addOutputs(InferenceClient.classes(output, count));
    }

    private static InferRequestedOutputTensor wanted(String name) {
        return InferRequestedOutputTensor.newBuilder().setName(name).build();
    }

    private static ByteString raw(int... values) {
        byte[] bytes = new byte[values.length];
        for (int index = 0; index < values.length; index++) {
            bytes[index] = (byte) values[index];
        }
        return ByteString.copyFrom(bytes);
    }
}
