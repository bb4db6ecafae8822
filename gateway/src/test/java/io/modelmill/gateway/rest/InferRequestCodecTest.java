package io.modelmill.gateway.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.servicekit.error.ServiceException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InferRequestCodecTest {
    @Test
    void readsAllParts() throws IOException {
        InferRequestCodec.Parsed parsed = read(
                "{'id':'7','parameters':{'priority':1,'x':true,'t':'s','d':0.5},'inputs':[{'name':'a','shape':[2,2],"
                        + "'datatype':'FP32','parameters':{'p':'q'},'data':[1,2.5,-3e2,0.1]}],"
                        + "'outputs':[{'name':'y','parameters':{'classification':3}}]}");

        ModelInferRequest request = parsed.request();
        assertThat(request.getModelName()).isEqualTo("m");
        assertThat(request.getModelVersion()).isEqualTo("1");
        assertThat(request.getId()).isEqualTo("7");
        assertThat(request.getParametersOrThrow("priority").getInt64Param()).isEqualTo(1);
        assertThat(request.getParametersOrThrow("x").getBoolParam()).isTrue();
        assertThat(request.getParametersOrThrow("t").getStringParam()).isEqualTo("s");
        assertThat(request.getParametersOrThrow("d").getDoubleParam()).isEqualTo(0.5);
        assertThat(request.getInputs(0).getName()).isEqualTo("a");
        assertThat(request.getInputs(0).getShapeList()).containsExactly(2L, 2L);
        assertThat(request.getInputs(0).getParametersOrThrow("p").getStringParam())
                .isEqualTo("q");
        assertThat(request.getOutputs(0).getParametersOrThrow("classification").getInt64Param())
                .isEqualTo(3);
        assertThat(request.getRawInputContents(0))
                .isEqualTo(bytes(
                        16, raw -> raw.putFloat(1).putFloat(2.5f).putFloat(-300).putFloat(0.1f)));
    }

    @Test
    void nestedAndFlatDataAreTheSame() throws IOException {
        assertThat(raw("[2,3]", "INT32", "[[1,2,3],[4,5,6]]")).isEqualTo(raw("[2,3]", "INT32", "[1,2,3,4,5,6]"));
        assertThat(raw("[2,1,2]", "BOOL", "[[[true,false]],[[false,true]]]"))
                .isEqualTo(ByteString.copyFrom(new byte[] {1, 0, 0, 1}));
        assertThat(raw("[0]", "INT32", "[]")).isEmpty();
    }

    @Test
    void theOrderOfFieldsDoesNotMatter() throws IOException {
        ByteString raw = read("{'inputs':[{'data':[[1],[2]],'datatype':'INT64','name':'a','shape':[2,1]}]}")
                .request()
                .getRawInputContents(0);

        assertThat(raw).isEqualTo(bytes(16, buffer -> buffer.putLong(1).putLong(2)));
    }

    @Test
    void readsEveryDatatype() throws IOException {
        assertThat(raw("[2]", "INT8", "[-128,127]")).isEqualTo(ByteString.copyFrom(new byte[] {-128, 127}));
        assertThat(raw("[2]", "UINT8", "[0,255]")).isEqualTo(ByteString.copyFrom(new byte[] {0, -1}));
        assertThat(raw("[2]", "INT16", "[-32768,32767]"))
                .isEqualTo(bytes(4, raw -> raw.putShort(Short.MIN_VALUE).putShort(Short.MAX_VALUE)));
        assertThat(raw("[1]", "UINT16", "[65535]")).isEqualTo(bytes(2, raw -> raw.putShort((short) -1)));
        assertThat(raw("[1]", "UINT32", "[4294967295]")).isEqualTo(bytes(4, raw -> raw.putInt(-1)));
        assertThat(raw("[2]", "UINT64", "[18446744073709551615,9223372036854775807]"))
                .isEqualTo(bytes(16, raw -> raw.putLong(-1).putLong(Long.MAX_VALUE)));
        assertThat(raw("[1]", "INT64", "[-9223372036854775808]"))
                .isEqualTo(bytes(8, raw -> raw.putLong(Long.MIN_VALUE)));
        assertThat(raw("[3]", "FP64", "[0.1,1e300,'NaN']"))
                .isEqualTo(bytes(24, raw -> raw.putDouble(0.1).putDouble(1e300).putDouble(Double.NaN)));
        assertThat(raw("[2]", "FP32", "['Infinity','-Infinity']"))
                .isEqualTo(bytes(8, raw -> raw.putFloat(Float.POSITIVE_INFINITY).putFloat(Float.NEGATIVE_INFINITY)));
        assertThat(raw("[2]", "FP16", "[1,65504]"))
                .isEqualTo(bytes(4, raw -> raw.putShort((short) 0x3c00).putShort((short) 0x7bff)));
        assertThat(raw("[2]", "BF16", "[1,-2.5]"))
                .isEqualTo(bytes(4, raw -> raw.putShort((short) 0x3f80).putShort((short) 0xc020)));
        assertThat(raw("[2]", "BYTES", "['','Größe']"))
                .isEqualTo(bytes(15, raw -> raw.putInt(0).putInt(7).put("Größe".getBytes(StandardCharsets.UTF_8))));
    }

    /** 16,777,217 lies between two floats; by way of a double it would be the same, 1 + 2^-24 + 2^-60 would not. */
    @Test
    void roundsFloatsOnce() throws IOException {
        assertThat(raw("[1]", "FP32", "[1.00000005960464477540]"))
                .isEqualTo(bytes(4, raw -> raw.putFloat(Math.nextUp(1f))));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            [1] | INT8   | [128]        | inputs[0].data: 128 at line 1, column 62 (expected: INT8, -128 to 127)
            [1] | UINT8  | [-1]         | -1 at
            [1] | UINT64 | [-1]         | (expected: UINT64, 0 to 18446744073709551615)
            [1] | UINT64 | [18446744073709551616] | (expected: UINT64, 0 to 18446744073709551615)
            [1] | INT32  | [1.5]        | 1.5 at
            [1] | INT32  | [1e3]        | 1e3 at
            [1] | INT64  | [9223372036854775808] | 9223372036854775808 at
            [1] | BOOL   | [1]          | (expected: true or false)
            [1] | FP32   | [true]       | (expected: a number)
            [1] | FP32   | [1e39]       | (expected: a finite FP32)
            [1] | FP16   | [65520]      | (expected: a finite FP16)
            [1] | FP64   | [1e309]      | (expected: a finite FP64)
            [1] | FP32   | ['inf']      | (expected: a number, "NaN"
            [1] | BYTES  | [1]          | (expected: a string)
            [1] | BYTES  | [null]       | (expected: a string)
            [2] | INT8   | [1]          | 1 elements (expected: 2 for shape [2])
            [2] | INT8   | [1,2,3]      | more than 2 elements
            [2,2] | INT8 | [[1,2,3],[4]] | elements at line
            [2,2] | INT8 | [[1,2],3]    | (expected: an array of level 2
            [2] | INT8   | [[1],[2]]    | (expected: INT8
            [1] | INT8   | 1            | (expected: an array)
            [1] | INT8   | {}           | (expected: an array)
            [-1] | INT8  | [1]          | (expected: axes of 0 or more)
            ['1'] | INT8 | [1]          | inputs[0].shape
            [1] | INT4   | [1]          | inputs[0].datatype: "INT4"
            [9223372036854775807,9] | INT8 | [] | (expected: fewer elements)
            """)
    void saysWhatIsWrongAndWhere(String shape, String datatype, String data, String message) {
        assertThatThrownBy(() -> raw(shape, datatype, data))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {'inputs':[{'name':'a' 'shape':[1]}]} | at line 1, column
            {'inputs':[                      | at line 1, column
            []                               | body: START_ARRAY
            {} x                             | at line 1, column 4
            {} {}                            | nothing behind the object
            {'inputs':{}}                    | inputs: START_OBJECT
            {'inputs':[1]}                   | inputs[0]: VALUE_NUMBER_INT
            {'id':7}                         | id: VALUE_NUMBER_INT
            {'parameters':{'a':[]}}          | parameters.a: START_ARRAY
            {'parameters':{'a':null}}        | parameters.a: VALUE_NULL
            {'inputs':[{'name':'a','datatype':'INT8','data':[1]}]} | inputs[0].shape: missing
            {'inputs':[{'name':'a','shape':[1],'data':[1]}]}       | inputs[0].datatype: missing
            {'inputs':[{'name':'a','shape':[1],'datatype':'INT8'}]} | neither data nor binary_data_size
            {'inputs':[{'name':'a','shape':[1],'datatype':'INT8','data':[1],'parameters':{'binary_data_size':1}}]} | data and binary_data_size
            {'inputs':[{'name':'a','shape':[1],'datatype':'INT8','parameters':{'binary_data_size':-1}}]} | 0 or more bytes
            """)
    void saysWhereTheBodyIsMalformed(String body, String message) {
        assertThatThrownBy(() -> read(body))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining(message);
    }

    @Test
    void anEmptyBodyIsMalformed() {
        assertThatThrownBy(() -> read("")).isInstanceOf(ServiceException.class).hasMessageContaining("nothing");
    }

    @Test
    void readsBinaryTensorsBehindTheJson() throws IOException {
        String json = "{'inputs':[{'name':'a','shape':[3],'datatype':'UINT8','parameters':{'binary_data_size':3}},"
                + "{'name':'b','shape':[1],'datatype':'UINT8','data':[9]},"
                + "{'name':'c','shape':[2],'datatype':'UINT8','parameters':{'binary_data_size':2}}],"
                + "'outputs':[{'name':'x'},{'name':'y','parameters':{'binary_data':false}}],"
                + "'parameters':{'binary_data_output':true}}";

        InferRequestCodec.Parsed parsed = readBinary(json, new byte[] {1, 2, 3, 4, 5});

        assertThat(parsed.request().getRawInputContentsList())
                .containsExactly(
                        ByteString.copyFrom(new byte[] {1, 2, 3}),
                        ByteString.copyFrom(new byte[] {9}),
                        ByteString.copyFrom(new byte[] {4, 5}));
        assertThat(parsed.request().getInputs(0).getParametersMap()).isEmpty();
        assertThat(parsed.request().getParametersMap()).isEmpty();
        assertThat(parsed.binary("x")).isTrue();
        assertThat(parsed.binary("y")).isFalse();
        assertThatThrownBy(() -> readBinary(json, new byte[] {1, 2, 3, 4}))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining(
                        "inputs[2].parameters.binary_data_size: 2 (expected: 1, the bytes that are left)");
        assertThatThrownBy(() -> readBinary(json, new byte[] {1, 2, 3, 4, 5, 6}))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("bytes left behind the last tensor");
    }

    @Test
    void refusesABodyThatIsTooLong() {
        assertThatThrownBy(() -> InferRequestCodec.read(
                        "m", "", new Body(new ByteArrayInputStream(new byte[101]), 100), Optional.of(0L)))
                .isInstanceOf(ServiceException.class);
        Body body = new Body(new ByteArrayInputStream(new byte[101]), 100);
        assertThatThrownBy(body::readAllBytes)
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        failure -> assertThat(failure.reason()).isEqualTo(RestReason.BODY_TOO_LARGE));
    }

    private static ByteString raw(String shape, String datatype, String data) throws IOException {
        return read("{'inputs':[{'name':'a','shape':" + shape + ",'datatype':'" + datatype + "','data':" + data + "}]}")
                .request()
                .getRawInputContents(0);
    }

    private static InferRequestCodec.Parsed read(String json) throws IOException {
        return InferRequestCodec.read("m", "1", new ByteArrayInputStream(utf8(json)), Optional.empty());
    }

    private static InferRequestCodec.Parsed readBinary(String json, byte[] tensors) throws IOException {
        byte[] text = utf8(json);
        byte[] body = ByteBuffer.allocate(text.length + tensors.length)
                .put(text)
                .put(tensors)
                .array();
        return InferRequestCodec.read("m", "1", new ByteArrayInputStream(body), Optional.of((long) text.length));
    }

    private static byte[] utf8(String json) {
        return json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }

    private static ByteString bytes(int size, Consumer<ByteBuffer> values) {
        ByteBuffer raw = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        values.accept(raw);
        assertThat(raw.hasRemaining()).isFalse();
        return ByteString.copyFrom(raw.flip());
    }
}
