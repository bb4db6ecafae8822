package io.modelmill.gateway.rest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.util.TokenBuffer;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.modelmill.proto.inference.InferParameter;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads an inference request of the Open Inference Protocol's REST form: JSON, and behind it the binary tensors if the
 * header {@code Inference-Header-Content-Length} says where the JSON ends. All tensors become raw contents.
 */
final class InferRequestCodec {
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    // Bodies are limited before they come here; tensors of text may be long.
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxDocumentLength(-1)
                    .build())
            .disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
            .build();
    private static final String BINARY_SIZE = "binary_data_size";
    private static final String BINARY_OUTPUT = "binary_data_output";
    private static final String BINARY = "binary_data";

    private final ModelInferRequest.Builder request = ModelInferRequest.newBuilder();
    private final List<Optional<ByteString>> raw = new ArrayList<>();
    private final List<Long> binarySizes = new ArrayList<>();
    private final Map<String, Boolean> binaryByOutput = new HashMap<>();
    private boolean allOutputsBinary;

    private InferRequestCodec() {}

    /**
     * A parsed request.
     *
     * @param binaryByOutput whether the client wants an output as bytes, where it said so of this output
     * @param allOutputsBinary whether it wants the others so
     */
    record Parsed(ModelInferRequest request, Map<String, Boolean> binaryByOutput, boolean allOutputsBinary) {
        Parsed {
            binaryByOutput = Map.copyOf(binaryByOutput);
        }

        boolean binary(String output) {
            return binaryByOutput.getOrDefault(output, allOutputsBinary);
        }
    }

    /**
     * Reads a body.
     *
     * @param jsonLength bytes of the JSON part; empty if there is nothing else
     * @throws ServiceException INVALID_ARGUMENT that says what is wrong and where
     */
    static Parsed read(String model, String version, InputStream body, Optional<Long> jsonLength) throws IOException {
        InferRequestCodec codec = new InferRequestCodec();
        codec.request.setModelName(model).setModelVersion(version);
        InputStream text = jsonLength.isPresent() ? new FirstBytes(body, jsonLength.get()) : body;
        try (JsonParser json = JSON.createParser(text)) {
            codec.readRequest(json);
        } catch (JsonProcessingException e) {
            throw new ServiceException(
                    RestReason.MALFORMED_BODY,
                    "body: " + e.getOriginalMessage() + " at " + JsonPosition.of(e.getLocation()));
        }
        codec.readBinary(body);
        return new Parsed(codec.request.build(), codec.binaryByOutput, codec.allOutputsBinary);
    }

    private void readRequest(JsonParser json) throws IOException {
        expect(json, json.nextToken(), JsonToken.START_OBJECT, "body", "an object");
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            JsonToken value = json.nextToken();
            switch (name) {
                case "id" -> request.setId(text(json, value, "id"));
                case "parameters" -> readParameters(json, "parameters").forEach(this::putRequestParameter);
                case "inputs" -> readList(json, "inputs", this::readInput);
                case "outputs" -> readList(json, "outputs", this::readOutput);
                default -> json.skipChildren();
            }
        }
        JsonToken more = json.nextToken();
        if (more != null) {
            throw Violations.of(
                    "body", new Offending(more + " at " + JsonPosition.of(json)), "nothing behind the object");
        }
    }

    private void putRequestParameter(String name, InferParameter value) {
        if (BINARY_OUTPUT.equals(name)) {
            allOutputsBinary = value.getBoolParam();
        } else {
            request.putParameters(name, value);
        }
    }

    private void readInput(JsonParser json, String field) throws IOException {
        ModelInferRequest.InferInputTensor.Builder input = ModelInferRequest.InferInputTensor.newBuilder();
        Optional<TensorDatatype> datatype = Optional.empty();
        long @Nullable [] shape = null;
        @Nullable TokenBuffer early = null;
        Optional<ByteString> data = Optional.empty();
        long binarySize = -1;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            JsonToken value = json.nextToken();
            switch (name) {
                case "name" -> input.setName(text(json, value, field + ".name"));
                case "datatype" -> {
                    input.setDatatype(text(json, value, field + ".datatype"));
                    datatype = Optional.of(TensorDatatype.of(input.getDatatype(), field + ".datatype"));
                }
                case "shape" -> shape = readShape(json, field + ".shape");
                case "parameters" -> {
                    Map<String, InferParameter> parameters = readParameters(json, field + ".parameters");
                    InferParameter size = parameters.remove(BINARY_SIZE);
                    if (size != null) {
                        binarySize = size.getInt64Param();
                        if (!size.hasInt64Param() || binarySize < 0) {
                            throw Violations.of(field + ".parameters." + BINARY_SIZE, binarySize, "0 or more bytes");
                        }
                    }
                    input.putAllParameters(parameters);
                }
                case "data" -> {
                    if (datatype.isPresent() && shape != null) {
                        data = Optional.of(readData(json, field, datatype.get(), shape));
                    } else {
                        // What the values are is only told behind them: they wait.
                        early = new TokenBuffer(json);
                        early.copyCurrentStructure(json);
                    }
                }
                default -> json.skipChildren();
            }
        }
        TensorDatatype known = datatype.orElseThrow(() -> missing(field + ".datatype"));
        if (shape == null) {
            throw missing(field + ".shape");
        }
        if (early != null) {
            try (JsonParser kept = early.asParser()) {
                kept.nextToken();
                data = Optional.of(readData(kept, field, known, shape));
            }
        }
        if (data.isPresent() == (binarySize >= 0)) {
            throw Violations.of(
                    field,
                    new Offending(data.isPresent() ? "data and binary_data_size" : "neither data nor binary_data_size"),
                    "one of them");
        }
        Arrays.stream(shape).forEach(input::addShape);
        raw.add(data);
        binarySizes.add(binarySize);
        request.addInputs(input);
    }

    private static ByteString readData(JsonParser json, String field, TensorDatatype datatype, long[] shape)
            throws IOException {
        return UnsafeByteOperations.unsafeWrap(new TensorDataReader(json, field + ".data", datatype, shape)
                .read()
                .bytes());
    }

    private void readOutput(JsonParser json, String field) throws IOException {
        ModelInferRequest.InferRequestedOutputTensor.Builder output =
                ModelInferRequest.InferRequestedOutputTensor.newBuilder();
        Optional<Boolean> binary = Optional.empty();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            JsonToken value = json.nextToken();
            switch (name) {
                case "name" -> output.setName(text(json, value, field + ".name"));
                case "parameters" -> {
                    Map<String, InferParameter> parameters = readParameters(json, field + ".parameters");
                    InferParameter asBytes = parameters.remove(BINARY);
                    if (asBytes != null) {
                        binary = Optional.of(asBytes.getBoolParam());
                    }
                    output.putAllParameters(parameters);
                }
                default -> json.skipChildren();
            }
        }
        binary.ifPresent(choice -> binaryByOutput.put(output.getName(), choice));
        request.addOutputs(output);
    }

    private void readBinary(InputStream body) throws IOException {
        for (int i = 0; i < raw.size(); i++) {
            Optional<ByteString> data = raw.get(i);
            if (data.isPresent()) {
                request.addRawInputContents(data.get());
                continue;
            }
            long size = binarySizes.get(i);
            byte[] bytes = body.readNBytes((int) Math.min(size, Integer.MAX_VALUE));
            if (bytes.length != size) {
                throw Violations.of(
                        "inputs[" + i + "].parameters." + BINARY_SIZE,
                        size,
                        bytes.length + ", the bytes that are left");
            }
            request.addRawInputContents(UnsafeByteOperations.unsafeWrap(bytes));
        }
        if (body.read() >= 0) {
            throw new ServiceException(
                    RestReason.MALFORMED_BODY,
                    "body: bytes left behind the last tensor (expected: as many as announced)");
        }
    }

    private static long[] readShape(JsonParser json, String field) throws IOException {
        expect(json, json.currentToken(), JsonToken.START_ARRAY, field, "an array of integers");
        List<Long> axes = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            expect(json, json.currentToken(), JsonToken.VALUE_NUMBER_INT, field, "an array of integers");
            axes.add(json.getLongValue());
        }
        return axes.stream().mapToLong(Long::longValue).toArray();
    }

    private static Map<String, InferParameter> readParameters(JsonParser json, String field) throws IOException {
        expect(json, json.currentToken(), JsonToken.START_OBJECT, field, "an object");
        Map<String, InferParameter> parameters = new LinkedHashMap<>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            JsonToken value = json.nextToken();
            InferParameter.Builder parameter = InferParameter.newBuilder();
            switch (value) {
                case VALUE_TRUE, VALUE_FALSE -> parameter.setBoolParam(value == JsonToken.VALUE_TRUE);
                case VALUE_NUMBER_INT -> parameter.setInt64Param(json.getLongValue());
                case VALUE_NUMBER_FLOAT -> parameter.setDoubleParam(json.getDoubleValue());
                case VALUE_STRING -> parameter.setStringParam(json.getText());
                default -> throw Violations.of(field + "." + name, value, "a string, a number, true or false");
            }
            parameters.put(name, parameter.build());
        }
        return parameters;
    }

    private static void readList(JsonParser json, String field, ItemReader item) throws IOException {
        expect(json, json.currentToken(), JsonToken.START_ARRAY, field, "an array");
        for (int i = 0; json.nextToken() != JsonToken.END_ARRAY; i++) {
            expect(json, json.currentToken(), JsonToken.START_OBJECT, field + "[" + i + "]", "an object");
            item.read(json, field + "[" + i + "]");
        }
    }

    private static String text(JsonParser json, JsonToken token, String field) throws IOException {
        expect(json, token, JsonToken.VALUE_STRING, field, "a string");
        return json.getText();
    }

    private static void expect(
            JsonParser json, @Nullable JsonToken token, JsonToken wanted, String field, String expected) {
        if (token != wanted) {
            throw Violations.of(
                    field, new Offending(token == null ? "nothing" : token + " at " + JsonPosition.of(json)), expected);
        }
    }

    private static ServiceException missing(String field) {
        return Violations.of(field, new Offending("missing"), "a value");
    }

    /** Reads one element of a list, from behind its START_OBJECT to its END_OBJECT. */
    @FunctionalInterface
    private interface ItemReader {
        void read(JsonParser json, String field) throws IOException;
    }
}
