package io.modelmill.inference.protocol;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Estimates the heap that a message takes once it is parsed, before it is: two bytes on the wire can become an object of a
 * hundred, so a request of tens of megabytes could ask for gigabytes. Tensors that stay in the wire's buffers cost next to
 * nothing.
 *
 * @param fields by number; others are unknown to the message
 */
record WireCost(Map<Integer, Field> fields) {
    /** An object with its share of the list that holds it, or an entry of a map. */
    private static final int OBJECT = 128;

    /** A number in a list that doubles as it grows, and boxed where shapes are. */
    private static final int NUMBER = 32;

    /** No byte beside a raw tensor becomes more: two are an empty object. */
    private static final int MOST_PER_BYTE = OBJECT;

    /** Tag of raw_input_contents: field 7, length-delimited. */
    private static final byte RAW_TAG = 0x3a;

    /** Of the fifth byte of a length; it has no sixth. */
    private static final int LONGEST_SHIFT = 28;

    private static final Field TEXT = new Field(2, null);
    private static final Field BYTES = new Field(0, null);
    private static final Field SCALAR = new Field(0, null);

    private static final WireCost PARAMETER = new WireCost(Map.of(1, SCALAR, 2, SCALAR, 3, TEXT, 4, SCALAR, 5, SCALAR));
    private static final Field PARAMETERS = message(new WireCost(Map.of(1, TEXT, 2, message(PARAMETER))));

    private static final WireCost CONTENTS = new WireCost(Map.of(
            1, numbers(2),
            2, numbers(8),
            3, numbers(16),
            4, numbers(8),
            5, numbers(16),
            6, numbers(2),
            7, numbers(2),
            8, BYTES));

    private static final WireCost INPUT =
            new WireCost(Map.of(1, TEXT, 2, TEXT, 3, numbers(NUMBER), 4, PARAMETERS, 5, message(CONTENTS)));

    private static final WireCost OUTPUT = new WireCost(Map.of(1, TEXT, 2, PARAMETERS));

    /** Of ModelInferRequest. */
    static final WireCost INFER_REQUEST = new WireCost(
            Map.of(1, TEXT, 2, TEXT, 3, TEXT, 4, PARAMETERS, 5, message(INPUT), 6, message(OUTPUT), 7, BYTES));

    /**
     * One field.
     *
     * @param perByte heap for each byte of its value
     * @param message what it holds; null if it is no message
     */
    record Field(int perByte, @Nullable WireCost message) {}

    private static Field message(WireCost message) {
        return new Field(0, message);
    }

    /** Packed numbers, at least one byte each. */
    private static Field numbers(int heapBytes) {
        return new Field(heapBytes, null);
    }

    /**
     * Whether a request surely takes no more heap, by a look at its outermost fields alone: all but raw tensors is taken for
     * the most expensive that there is.
     *
     * @return false also for what is no message
     */
    static boolean isAtMost(long heap, ByteString request) {
        long cost = 0;
        int at = 0;
        while (at < request.size()) {
            byte tag = request.byteAt(at++);
            int length = 0;
            int shift = 0;
            byte next;
            do {
                if (at == request.size() || shift > LONGEST_SHIFT) {
                    return false;
                }
                next = request.byteAt(at++);
                length |= (next & 0x7f) << shift;
                shift += Byte.SIZE - 1;
            } while (next < 0);
            boolean isLengthDelimited = (tag & 0x87) == WireFormat.WIRETYPE_LENGTH_DELIMITED;
            if (!isLengthDelimited || length < 0 || length > request.size() - at) {
                return false;
            }
            cost += OBJECT + (tag == RAW_TAG ? 0 : (long) MOST_PER_BYTE * length);
            if (cost > heap) {
                return false;
            }
            at += length;
        }
        return true;
    }

    /**
     * Heap of the message, in bytes.
     *
     * @throws InvalidProtocolBufferException if it is no message
     */
    long estimate(ByteString bytes) throws IOException {
        CodedInputStream input = bytes.newCodedInput();
        long cost = estimate(input);
        input.checkLastTagWas(0);
        return cost;
    }

    private long estimate(CodedInputStream input) throws IOException {
        long cost = OBJECT;
        for (int tag = input.readTag(); tag != 0; tag = input.readTag()) {
            Field field = fields.get(WireFormat.getTagFieldNumber(tag));
            int type = WireFormat.getTagWireType(tag);
            if (type != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
                cost += field == null ? OBJECT : NUMBER;
                if (!input.skipField(tag)) {
                    // The end of a group that never began.
                    throw new InvalidProtocolBufferException("end of a group");
                }
                continue;
            }
            int length = input.readRawVarint32();
            cost += OBJECT;
            if (field != null && field.message() != null) {
                int outer = input.pushLimit(length);
                cost += field.message().estimate(input);
                input.checkLastTagWas(0);
                input.popLimit(outer);
            } else {
                cost += field == null ? 0 : (long) field.perByte() * length;
                input.skipRawBytes(length);
            }
        }
        return cost;
    }
}
