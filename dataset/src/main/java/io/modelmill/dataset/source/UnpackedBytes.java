package io.modelmill.dataset.source;

import io.modelmill.dataset.BadDataException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Counts what all files of a data set hold once they are unpacked, and refuses what is too much. */
public final class UnpackedBytes {
    private final long most;
    private long total;

    public UnpackedBytes(long most) {
        this.most = most;
    }

    /**
     * The same bytes, counted as they are read.
     *
     * @param place begins the message of what is too much; empty if the reader puts one before it
     */
    InputStream counted(InputStream bytes, String place) {
        return new FilterInputStream(bytes) {
            @Override
            public int read() throws IOException {
                int value = super.read();
                count(value < 0 ? 0 : 1, place);
                return value;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                int read = super.read(buffer, offset, length);
                count(Math.max(read, 0), place);
                return read;
            }

            @Override
            public long skip(long count) throws IOException {
                long skipped = super.skip(count);
                count(skipped, place);
                return skipped;
            }
        };
    }

    private void count(long bytes, String place) {
        total += bytes;
        if (total > most) {
            throw new BadDataException((place.isEmpty() ? "" : place + ": ") + "more than " + most
                    + " bytes once unpacked (expected: at most " + most + ")");
        }
    }
}
