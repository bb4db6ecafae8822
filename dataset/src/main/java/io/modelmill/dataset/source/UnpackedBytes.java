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

    /** The same bytes, counted as they are read. */
    InputStream counted(InputStream bytes) {
        return new FilterInputStream(bytes) {
            @Override
            public int read() throws IOException {
                int value = super.read();
                count(value < 0 ? 0 : 1);
                return value;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                int read = super.read(buffer, offset, length);
                count(Math.max(read, 0));
                return read;
            }

            @Override
            public long skip(long count) throws IOException {
                long skipped = super.skip(count);
                count(skipped);
                return skipped;
            }
        };
    }

    private void count(long bytes) {
        total += bytes;
        if (total > most) {
            throw new BadDataException("more than " + most + " bytes once unpacked (expected: at most " + most + ")");
        }
    }
}
