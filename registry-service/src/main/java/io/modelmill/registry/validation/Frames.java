package io.modelmill.registry.validation;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;

/**
 * Messages between the service and a child process: a mark, the length in bytes as a big-endian number of 32 bits, and so
 * many bytes. The mark tells a message from whatever else a process may print.
 */
final class Frames {
    private static final int MARK = 0x4d4d5631;
    /** Signatures and lists of files are far below. */
    private static final int LARGEST = 4 << 20;

    private Frames() {}

    static void write(OutputStream output, byte[] message) throws IOException {
        DataOutputStream data = new DataOutputStream(output);
        data.writeInt(MARK);
        data.writeInt(message.length);
        data.write(message);
        data.flush();
    }

    static boolean fits(byte[] message) {
        return message.length <= LARGEST;
    }

    /**
     * The next message; empty at the end of the input.
     *
     * @throws IOException if there is something else
     */
    static Optional<byte[]> read(InputStream input) throws IOException {
        DataInputStream data = new DataInputStream(input);
        int first = input.read();
        if (first < 0) {
            return Optional.empty();
        }
        byte[] rest = new byte[Integer.BYTES - 1];
        data.readFully(rest);
        int mark = first << 24 | (rest[0] & 0xff) << 16 | (rest[1] & 0xff) << 8 | rest[2] & 0xff;
        if (mark != MARK) {
            throw new IOException(
                    "mark " + Integer.toHexString(mark) + " (expected: " + Integer.toHexString(MARK) + ")");
        }
        int length = data.readInt();
        if (length < 0 || length > LARGEST) {
            throw new IOException("a message of " + length + " bytes (expected: 0 to " + LARGEST + ")");
        }
        byte[] message = new byte[length];
        data.readFully(message);
        return Optional.of(message);
    }
}
