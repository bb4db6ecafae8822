package io.modelmill.gateway.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import io.modelmill.servicekit.error.ServiceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Writes a raw tensor as a flat JSON array. NaN and infinities become the strings that the reader takes. */
final class TensorDataWriter {
    private TensorDataWriter() {}

    /**
     * Writes all elements.
     *
     * @param output name of the tensor, for errors
     * @throws ServiceException FAILED_PRECONDITION if an element of BYTES is no text
     */
    static void write(JsonGenerator json, String output, TensorDatatype datatype, ByteBuffer raw) throws IOException {
        ByteBuffer elements = raw.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        json.writeStartArray();
        while (elements.hasRemaining()) {
            switch (datatype) {
                case BOOL -> json.writeBoolean(elements.get() != 0);
                case INT8 -> json.writeNumber(elements.get());
                case INT16 -> json.writeNumber(elements.getShort());
                case INT32 -> json.writeNumber(elements.getInt());
                case INT64 -> json.writeNumber(elements.getLong());
                case UINT8 -> json.writeNumber(Byte.toUnsignedInt(elements.get()));
                case UINT16 -> json.writeNumber(Short.toUnsignedInt(elements.getShort()));
                case UINT32 -> json.writeNumber(Integer.toUnsignedLong(elements.getInt()));
                case UINT64 -> json.writeNumber(Long.toUnsignedString(elements.getLong()));
                case FP16 -> json.writeNumber(Float.float16ToFloat(elements.getShort()));
                case BF16 -> json.writeNumber(HalfPrecision.fromBf16(elements.getShort()));
                case FP32 -> json.writeNumber(elements.getFloat());
                case FP64 -> json.writeNumber(elements.getDouble());
                case BYTES -> json.writeString(text(output, elements));
            }
        }
        json.writeEndArray();
    }

    private static String text(String output, ByteBuffer elements) {
        int length = elements.getInt();
        ByteBuffer element = elements.slice(elements.position(), length);
        elements.position(elements.position() + length);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(element).toString();
        } catch (CharacterCodingException e) {
            throw new ServiceException(
                    RestReason.NOT_JSON,
                    "output \"" + output
                            + "\" holds bytes that are no UTF-8 (expected: the parameter binary_data: true)");
        }
    }
}
