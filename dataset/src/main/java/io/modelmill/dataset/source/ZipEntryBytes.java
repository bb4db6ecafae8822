package io.modelmill.dataset.source;

import io.modelmill.dataset.BadDataException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;

/** Content of an entry, held to the size and the checksum that the directory gives. */
final class ZipEntryBytes extends InputStream {
    private final InputStream content;
    private final ZipEntryHeader entry;
    private final CRC32 checksum = new CRC32();
    private long total;

    private ZipEntryBytes(InputStream content, ZipEntryHeader entry) {
        this.content = content;
        this.entry = entry;
    }

    /** @param packed the entry's bytes as they stand in the file */
    static InputStream open(InputStream packed, ZipEntryHeader entry) {
        return new ZipEntryBytes(entry.isDeflated() ? new Deflated(packed) : packed, entry);
    }

    @Override
    public int read() throws IOException {
        byte[] single = new byte[1];
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int read;
        try {
            read = content.read(buffer, offset, length);
        } catch (ZipException e) {
            throw new BadDataException(entry.name() + ": a broken deflate stream (expected: a zip as it was made)");
        } catch (EOFException e) {
            throw early();
        }
        if (read > 0) {
            checksum.update(buffer, offset, read);
            total += read;
            if (total > entry.size()) {
                throw new BadDataException(entry.name() + ": more than " + entry.size()
                        + " bytes (expected: the size that the zip's directory gives)");
            }
        } else if (read < 0) {
            if (total < entry.size()) {
                throw early();
            }
            if (checksum.getValue() != entry.checksum()) {
                throw new BadDataException("%s: its checksum is %08x (expected: %08x, as the zip's directory gives)"
                        .formatted(entry.name(), checksum.getValue(), entry.checksum()));
            }
        }
        return read;
    }

    private BadDataException early() {
        return new BadDataException(entry.name() + ": ends after " + total + " bytes (expected: " + entry.size() + ")");
    }

    @Override
    public void close() throws IOException {
        content.close();
    }

    /** Raw deflate. */
    private static final class Deflated extends InflaterInputStream {
        private static final int BUFFER = 1 << 13;
        private boolean padded;

        Deflated(InputStream packed) {
            super(packed, new Inflater(true), BUFFER);
        }

        @Override
        protected void fill() throws IOException {
            len = in.read(buf, 0, buf.length);
            if (len < 0) {
                if (padded) {
                    throw new EOFException();
                }
                // Raw deflate may want a byte behind the last one.
                padded = true;
                buf[0] = 0;
                len = 1;
            }
            inf.setInput(buf, 0, len);
        }

        @Override
        public void close() throws IOException {
            super.close();
            inf.end();
        }
    }
}
