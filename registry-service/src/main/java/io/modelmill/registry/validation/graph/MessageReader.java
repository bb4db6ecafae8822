package io.modelmill.registry.validation.graph;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** The fields of protobuf messages one after the other. What is wanted is read, all else passed over unread. */
final class MessageReader {
    /** No operator, domain or file is called anything so long. */
    private static final int LONGEST_IDENTIFIER = 512;

    private final CodedInputStream input;

    /** @param size bytes of the input: what claims to go beyond them is refused where it says so */
    MessageReader(InputStream input, int size) throws InvalidProtocolBufferException {
        this.input = CodedInputStream.newInstance(input, 1 << 16);
        this.input.setSizeLimit(Integer.MAX_VALUE);
        this.input.pushLimit(size);
    }

    /** Number and wire type of the next field; 0 at the end of the message. */
    int tag() throws IOException {
        return input.readTag();
    }

    void skip(int tag) throws IOException {
        if (!input.skipField(tag)) {
            throw new InvalidProtocolBufferException("a group ends that did not begin");
        }
    }

    /** Reads the message that the current field holds, to its very end. */
    void nested(Body body) throws IOException, ModelFault {
        int outer = input.pushLimit(input.readRawVarint32());
        body.read();
        if (input.getBytesUntilLimit() != 0) {
            throw new InvalidProtocolBufferException("a message ends early");
        }
        input.popLimit(outer);
    }

    long number() throws IOException {
        return input.readRawVarint64();
    }

    /** How many bytes the current field holds; they are passed over. */
    int blob() throws IOException {
        int length = input.readRawVarint32();
        // Not skipRawBytes: past the end it would go on to where nothing is.
        int outer = input.pushLimit(length);
        input.skipRawBytes(length);
        input.popLimit(outer);
        return length;
    }

    /** Passes over the numbers of a packed field and counts them. */
    long packedNumbers(Each each) throws IOException, ModelFault {
        int outer = input.pushLimit(input.readRawVarint32());
        long count = 0;
        while (input.getBytesUntilLimit() > 0) {
            each.take(input.readRawVarint64());
            count++;
        }
        input.popLimit(outer);
        return count;
    }

    /** A name that something is found by. */
    String identifier(String field) throws IOException, ModelFault {
        int length = input.readRawVarint32();
        if (length < 0 || length > LONGEST_IDENTIFIER) {
            throw new ModelFault(field + ": " + Integer.toUnsignedString(length) + " bytes (expected: at most "
                    + LONGEST_IDENTIFIER + ")");
        }
        return new String(input.readRawBytes(length), StandardCharsets.UTF_8);
    }

    /** A name that only errors show, cut where it would fill them. */
    String label() throws IOException {
        int length = input.readRawVarint32();
        int outer = input.pushLimit(length);
        int kept = Math.min(length, LONGEST_IDENTIFIER);
        String name = new String(input.readRawBytes(kept), StandardCharsets.UTF_8);
        input.skipRawBytes(length - kept);
        input.popLimit(outer);
        return name;
    }

    /** Where in the file the reader is. */
    int position() {
        return input.getTotalBytesRead();
    }

    /** Reads the fields of one message until {@link #tag} says 0. */
    interface Body {
        void read() throws IOException, ModelFault;
    }

    /** Takes one number of a packed field. */
    interface Each {
        void take(long number) throws ModelFault;
    }
}
