package io.modelmill.gateway.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Any;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.BadRequest;
import com.google.rpc.DebugInfo;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.QuotaFailure;
import com.google.rpc.ResourceInfo;
import com.google.rpc.RetryInfo;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Between messages and their JSON form (the protocol buffers' own, with lower-camel-case names). */
final class JsonBinding {
    private static final ObjectMapper JACKSON = new ObjectMapper();
    private static final JsonFormat.TypeRegistry DETAILS = JsonFormat.TypeRegistry.newBuilder()
            .add(ErrorInfo.getDescriptor())
            .add(BadRequest.getDescriptor())
            .add(RetryInfo.getDescriptor())
            .add(QuotaFailure.getDescriptor())
            .add(PreconditionFailure.getDescriptor())
            .add(ResourceInfo.getDescriptor())
            .add(DebugInfo.getDescriptor())
            .build();
    private static final JsonFormat.Printer PRINTER = JsonFormat.printer();
    private static final JsonFormat.Printer LINE_PRINTER = PRINTER.omittingInsignificantWhitespace();
    private static final JsonFormat.Printer DETAIL_PRINTER = LINE_PRINTER.usingTypeRegistry(DETAILS);

    private JsonBinding() {}

    static byte[] print(Message message) {
        return print(PRINTER, message).getBytes(StandardCharsets.UTF_8);
    }

    /** On one line, without a line's end. */
    static String printLine(Message message) {
        return print(LINE_PRINTER, message);
    }

    private static String print(JsonFormat.Printer printer, Message message) {
        try {
            return printer.print(message);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("an answer could not be written as JSON", e);
        }
    }

    /**
     * Reads a body into a message.
     *
     * @throws ServiceException INVALID_ARGUMENT that says where the body is wrong
     */
    static void merge(byte[] body, Message.Builder into) {
        if (body.length == 0) {
            return;
        }
        try {
            JsonFormat.parser().merge(new String(body, StandardCharsets.UTF_8), into);
        } catch (InvalidProtocolBufferException e) {
            throw new ServiceException(RestReason.MALFORMED_BODY, "body: " + plain(e.getMessage()));
        }
    }

    /**
     * Sets one field from a query parameter; its name may be in snake or in camel case.
     *
     * @param values more than one for repeated fields
     */
    static void mergeParameter(String name, List<String> values, Message.Builder into) {
        FieldDescriptor field = field(into.getDescriptorForType(), name);
        ObjectNode json = JACKSON.createObjectNode();
        if (field.isRepeated()) {
            ArrayNode array = json.putArray(field.getName());
            values.forEach(array::add);
        } else if (values.size() == 1) {
            json.put(field.getName(), values.getFirst());
        } else {
            throw Violations.of(name, values, "one value");
        }
        try {
            JsonFormat.parser().merge(JACKSON.writeValueAsString(json), into);
        } catch (InvalidProtocolBufferException e) {
            throw Violations.of(name, String.join(",", values), plain(e.getMessage()));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static FieldDescriptor field(Descriptor message, String name) {
        for (FieldDescriptor field : message.getFields()) {
            if (field.getName().equals(name) || field.getJsonName().equals(name)) {
                return field;
            }
        }
        throw Violations.of(
                name,
                new Offending("unknown parameter"),
                "one of "
                        + String.join(
                                ", ",
                                message.getFields().stream()
                                        .map(FieldDescriptor::getName)
                                        .toList()));
    }

    /** {@code {"error": {"code", "status", "message", "details"}}}, as Google's APIs do it (AIP-193). */
    static byte[] errorBody(Failure failure) {
        ObjectNode body = JACKSON.createObjectNode();
        ObjectNode error = body.putObject("error");
        error.put("code", failure.httpStatus());
        error.put("status", failure.code().name());
        error.put("message", failure.message());
        ArrayNode details = error.putArray("details");
        for (Any detail : failure.proto().getDetailsList()) {
            try {
                details.add(JACKSON.readTree(DETAIL_PRINTER.print(detail)));
            } catch (InvalidProtocolBufferException unknownType) {
                details.addObject().put("@type", detail.getTypeUrl());
            } catch (JsonProcessingException e) {
                throw new IllegalStateException(e);
            }
        }
        return bytes(body);
    }

    /** {@code {"error": "..."}}, as the Open Inference Protocol does it. */
    static byte[] inferenceErrorBody(Failure failure) {
        return bytes(JACKSON.createObjectNode().put("error", failure.message()));
    }

    private static byte[] bytes(ObjectNode body) {
        try {
            return JACKSON.writeValueAsBytes(body);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The parser's words without the names of its classes. */
    private static String plain(@Nullable String message) {
        String text = message == null ? "not JSON" : message.replaceAll("^(?:[a-z]+\\.)+[A-Za-z$]+: ", "");
        return text.lines()
                .findFirst()
                .orElse("not JSON")
                .replaceAll("\\s*Use JsonReader\\.setStrictness.*?(?= at line|$)", " malformed JSON");
    }
}
