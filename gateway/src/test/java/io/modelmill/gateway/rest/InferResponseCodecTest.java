package io.modelmill.gateway.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.modelmill.gateway.fixture.RestClient;
import io.modelmill.proto.inference.InferParameter;
import io.modelmill.proto.inference.ModelInferResponse;
import io.modelmill.servicekit.error.ServiceException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InferResponseCodecTest {
    /** What the reader takes, the writer gives back. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            BOOL   | [true,false]
            INT8   | [-128,127]
            INT16  | [-32768,32767]
            INT32  | [-2147483648,2147483647]
            INT64  | [-9223372036854775808,9223372036854775807]
            UINT8  | [0,255]
            UINT16 | [0,65535]
            UINT32 | [0,4294967295]
            UINT64 | [0,18446744073709551615]
            FP16   | [0.5,-65504.0]
            BF16   | [0.5,-2.5]
            FP32   | [0.1,1.0E-20]
            FP64   | [0.1,"NaN"]
            BYTES  | ["","a \\"b\\" ö"]
            """)
    void writesEveryDatatype(String datatype, String data) throws IOException {
        String request =
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[2],\"datatype\":\"" + datatype + "\",\"data\":" + data + "}]}";
        ByteString raw = InferRequestCodec.read(
                        "m", "", new ByteArrayInputStream(request.getBytes(StandardCharsets.UTF_8)), Optional.empty())
                .request()
                .getRawInputContents(0);

        InferResponseCodec.Written written = InferResponseCodec.write(response(datatype, raw), output -> false);

        assertThat(text(written)).contains("\"datatype\":\"" + datatype + "\",\"shape\":[2]", "\"data\":" + data);
    }

    @Test
    void putsBinaryOutputsBehindTheJson() throws IOException {
        ByteString raw = ByteString.copyFrom(new byte[] {1, 2});

        InferResponseCodec.Written written = InferResponseCodec.write(response("UINT8", raw), output -> true);

        assertThat(written.binary()).containsExactly(raw);
        assertThat(RestClient.json(text(written))).isEqualTo(RestClient.json("""
                        {"model_name":"m","model_version":"3","id":"7","parameters":{"cached":false},"outputs":[
                         {"name":"x","datatype":"UINT8","shape":[2],"parameters":{"binary_data_size":2}}]}"""));
    }

    @Test
    void refusesToWriteBytesThatAreNoText() {
        ByteString raw = ByteString.copyFrom(new byte[] {1, 0, 0, 0, -1});

        assertThatThrownBy(() -> InferResponseCodec.write(response("BYTES", raw), output -> false))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("binary_data: true");
    }

    private static ModelInferResponse response(String datatype, ByteString raw) {
        return ModelInferResponse.newBuilder()
                .setModelName("m")
                .setModelVersion("3")
                .setId("7")
                .putParameters(
                        "cached",
                        InferParameter.newBuilder().setBoolParam(false).build())
                .addOutputs(ModelInferResponse.InferOutputTensor.newBuilder()
                        .setName("x")
                        .setDatatype(datatype)
                        .addShape(2))
                .addRawOutputContents(raw)
                .build();
    }

    private static String text(InferResponseCodec.Written written) {
        return new String(written.json(), StandardCharsets.UTF_8);
    }
}
