package io.modelmill.gateway.rest;

import io.modelmill.servicekit.error.ServiceException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A request's body that must not become too long. */
final class Body extends FilterInputStream {
    private final long limit;
    private long taken;

    /** @param limit most bytes; one more throws BODY_TOO_LARGE */
    Body(InputStream source, long limit) {
        super(source);
        this.limit = limit;
    }

    /** Bytes read so far. */
    long taken() {
        return taken;
    }

    @Override
    public int read() throws IOException {
        int value = super.read();
        count(value < 0 ? 0 : 1);
        return value;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        int count = super.read(target, offset, length);
        count(Math.max(count, 0));
        return count;
    }

    @Override
    public long skip(long count) throws IOException {
        long skipped = super.skip(count);
        count(skipped);
        return skipped;
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    private void count(long bytes) {
        taken += bytes;
        if (taken > limit) {
            throw new ServiceException(RestReason.BODY_TOO_LARGE, "body: more than " + limit + " bytes");
        }
    }
}
