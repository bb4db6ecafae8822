package io.modelmill.dataset.source;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Some bytes of a file, read where they stand: several ranges of one channel can be read side by side. */
final class FileRange extends InputStream {
    private final FileChannel file;
    private final long end;
    private long position;

    FileRange(FileChannel file, long start, long length) {
        this.file = file;
        this.position = start;
        this.end = start + length;
    }

    @Override
    public int read() throws IOException {
        byte[] single = new byte[1];
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        int most = (int) Math.min(length, end - position);
        if (most <= 0) {
            return -1;
        }
        int read = file.read(ByteBuffer.wrap(buffer, offset, most), position);
        position += Math.max(read, 0);
        return read;
    }
}
