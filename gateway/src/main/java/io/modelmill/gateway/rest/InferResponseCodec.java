package io.modelmill.gateway.rest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.google.protobuf.ByteString;
import io.modelmill.proto.inference.InferParameter;
import io.modelmill.proto.inference.ModelInferResponse;
import io.modelmill.proto.inference.ModelMetadataResponse;
import io.modelmill.proto.inference.ServerMetadataResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Writes answers in the Open Inference Protocol's REST form. */
final class InferResponseCodec {
    private static final JsonFactory JSON = new JsonFactory();

    private InferResponseCodec() {}

    /**
     * A written answer.
     *
     * @param binary outputs that follow the JSON as bytes
     */
    record Written(byte[] json, List<ByteString> binary) {
        Written {
            binary = List.copyOf(binary);
        }
    }

    /** @param asBinary which outputs the client wants as bytes */
    static Written write(ModelInferResponse response, Predicate<String> asBinary) throws IOException {
        if (response.getRawOutputContentsCount() != response.getOutputsCount()) {
            throw new IllegalStateException(response.getOutputsCount() + " outputs and "
                    + response.getRawOutputContentsCount() + " raw contents");
        }
        List<ByteString> binary = new ArrayList<>();
        byte[] bytes = json(json -> {
            json.writeStringField("model_name", response.getModelName());
            json.writeStringField("model_version", response.getModelVersion());
            if (!response.getId().isEmpty()) {
                json.writeStringField("id", response.getId());
            }
            writeParameters(json, response.getParametersMap(), -1);
            json.writeArrayFieldStart("outputs");
            for (int i = 0; i < response.getOutputsCount(); i++) {
                ModelInferResponse.InferOutputTensor output = response.getOutputs(i);
                ByteString raw = response.getRawOutputContents(i);
                boolean apart = asBinary.test(output.getName());
                json.writeStartObject();
                json.writeStringField("name", output.getName());
                json.writeStringField("datatype", output.getDatatype());
                writeShape(json, output.getShapeList());
                writeParameters(json, output.getParametersMap(), apart ? raw.size() : -1);
                if (apart) {
                    binary.add(raw);
                } else {
                    json.writeFieldName("data");
                    TensorDataWriter.write(
                            json,
                            output.getName(),
                            TensorDatatype.of(output.getDatatype(), "outputs[" + i + "].datatype"),
                            raw.asReadOnlyByteBuffer());
                }
                json.writeEndObject();
            }
            json.writeEndArray();
        });
        return new Written(bytes, binary);
    }

    static byte[] write(ServerMetadataResponse server) throws IOException {
        return json(json -> {
            json.writeStringField("name", server.getName());
            json.writeStringField("version", server.getVersion());
            writeTexts(json, "extensions", server.getExtensionsList());
        });
    }

    static byte[] write(ModelMetadataResponse model) throws IOException {
        return json(json -> {
            json.writeStringField("name", model.getName());
            writeTexts(json, "versions", model.getVersionsList());
            json.writeStringField("platform", model.getPlatform());
            writeTensors(json, "inputs", model.getInputsList());
            writeTensors(json, "outputs", model.getOutputsList());
        });
    }

    private static void writeTensors(
            JsonGenerator json, String field, List<ModelMetadataResponse.TensorMetadata> tensors) throws IOException {
        json.writeArrayFieldStart(field);
        for (ModelMetadataResponse.TensorMetadata tensor : tensors) {
            json.writeStartObject();
            json.writeStringField("name", tensor.getName());
            json.writeStringField("datatype", tensor.getDatatype());
            writeShape(json, tensor.getShapeList());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeTexts(JsonGenerator json, String field, List<String> texts) throws IOException {
        json.writeArrayFieldStart(field);
        for (String text : texts) {
            json.writeString(text);
        }
        json.writeEndArray();
    }

    private static void writeShape(JsonGenerator json, List<Long> shape) throws IOException {
        json.writeArrayFieldStart("shape");
        for (long axis : shape) {
            json.writeNumber(axis);
        }
        json.writeEndArray();
    }

    /** @param binarySize bytes that follow the JSON for this tensor; negative for none */
    private static void writeParameters(JsonGenerator json, Map<String, InferParameter> parameters, long binarySize)
            throws IOException {
        if (parameters.isEmpty() && binarySize < 0) {
            return;
        }
        json.writeObjectFieldStart("parameters");
        for (Map.Entry<String, InferParameter> parameter : parameters.entrySet()) {
            InferParameter value = parameter.getValue();
            switch (value.getParameterChoiceCase()) {
                case BOOL_PARAM -> json.writeBooleanField(parameter.getKey(), value.getBoolParam());
                case INT64_PARAM -> json.writeNumberField(parameter.getKey(), value.getInt64Param());
                case STRING_PARAM -> json.writeStringField(parameter.getKey(), value.getStringParam());
                case DOUBLE_PARAM -> json.writeNumberField(parameter.getKey(), value.getDoubleParam());
                case UINT64_PARAM -> {
                    json.writeFieldName(parameter.getKey());
                    json.writeNumber(Long.toUnsignedString(value.getUint64Param()));
                }
                case PARAMETERCHOICE_NOT_SET -> json.writeNullField(parameter.getKey());
            }
        }
        if (binarySize >= 0) {
            json.writeNumberField("binary_data_size", binarySize);
        }
        json.writeEndObject();
    }

    private static byte[] json(Fields fields) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            fields.write(json);
            json.writeEndObject();
        }
        return bytes.toByteArray();
    }

    /** Writes the fields of an object. */
    @FunctionalInterface
    private interface Fields {
        void write(JsonGenerator json) throws IOException;
    }
}
