package io.modelmill.gateway.rest;

import java.io.IOException;
import java.io.InputStream;

/** The first bytes of a stream, which stays open and stands behind them afterwards. */
final class FirstBytes extends InputStream {
    private final InputStream source;
    private long left;

    FirstBytes(InputStream source, long length) {
        this.source = source;
        this.left = length;
    }

    @Override
    public int read() throws IOException {
        if (left <= 0) {
            return -1;
        }
        int value = source.read();
        left -= value < 0 ? 0 : 1;
        return value;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (left <= 0) {
            return -1;
        }
        int count = source.read(target, offset, (int) Math.min(length, left));
        left -= Math.max(count, 0);
        return count;
    }
}
