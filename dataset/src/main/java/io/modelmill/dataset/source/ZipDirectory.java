package io.modelmill.dataset.source;

import io.modelmill.dataset.BadDataException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Goes through the entries of a zip in the order of its directory, without keeping them. */
public final class ZipDirectory {
    private static final int SIGNATURE = 0x02014b50;
    private static final int HEADER_BYTES = 46;
    private static final int ENCRYPTED = 1;
    private static final int STORED = 0;
    private static final int DEFLATED = 8;
    private static final int ZIP64_FIELDS = 1;
    private static final long ABSENT = 0xffff_ffffL;

    private final InputStream bytes;
    private final long count;
    private final long fileSize;
    private long read;
    private long packed;

    ZipDirectory(InputStream bytes, long count, long fileSize) {
        this.bytes = new BufferedInputStream(bytes, 1 << 16);
        this.count = count;
        this.fileSize = fileSize;
    }

    /** The next entry; null behind the last. */
    public @Nullable ZipEntryHeader next() {
        if (read == count) {
            return null;
        }
        read++;
        try {
            return readEntry();
        } catch (EOFException e) {
            throw new BadDataException(
                    "entry " + read + " of the zip's directory is cut off (expected: " + count + " entries)");
        } catch (IOException e) {
            throw new UncheckedIOException("the data set could not be read", e);
        }
    }

    private ZipEntryHeader readEntry() throws IOException {
        ByteBuffer header = take(HEADER_BYTES);
        if (header.getInt(0) != SIGNATURE) {
            throw broken("begins with 0x%08x".formatted(header.getInt(0)), "0x%08x".formatted(SIGNATURE));
        }
        int flags = header.getShort(8);
        int method = Short.toUnsignedInt(header.getShort(10));
        long checksum = Integer.toUnsignedLong(header.getInt(16));
        byte[] path = take(Short.toUnsignedInt(header.getShort(28))).array();
        ByteBuffer extra = take(Short.toUnsignedInt(header.getShort(30)));
        take(Short.toUnsignedInt(header.getShort(32)));
        String name = name(path);
        if ((flags & ENCRYPTED) != 0) {
            throw new BadDataException(Quotes.quote(name) + ": encrypted (expected: not so)");
        }
        if (method != STORED && method != DEFLATED) {
            throw new BadDataException(
                    Quotes.quote(name) + ": compressed by method " + method + " (expected: 0, stored, or 8, deflate)");
        }
        ByteBuffer large = zip64Fields(extra);
        long size = field(header.getInt(24), large, name);
        long packedSize = field(header.getInt(20), large, name);
        long offset = field(header.getInt(42), large, name);
        boolean outside = size < 0 || packedSize < 0 || offset < 0 || offset > fileSize - packedSize;
        if (outside || packedSize > fileSize - packed) {
            throw new BadDataException(Quotes.quote(name) + ": " + packedSize + " bytes at " + offset
                    + " (expected: entries that lie beside each other in a zip of " + fileSize + " bytes)");
        }
        packed += packedSize;
        if (method == STORED && size != packedSize) {
            throw new BadDataException(Quotes.quote(name) + ": stored " + packedSize + " bytes (expected: " + size
                    + ", the size of its content)");
        }
        return new ZipEntryHeader(name, method == DEFLATED, checksum, packedSize, size, offset);
    }

    private ByteBuffer take(int length) throws IOException {
        byte[] taken = bytes.readNBytes(length);
        if (taken.length < length) {
            throw new EOFException();
        }
        return ByteBuffer.wrap(taken).order(ByteOrder.LITTLE_ENDIAN);
    }

    private String name(byte[] path) {
        String name;
        try {
            name = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(path))
                    .toString();
        } catch (CharacterCodingException e) {
            throw broken("has a name that is no UTF-8", "UTF-8");
        }
        String inner = name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
        List<String> segments = Arrays.asList(inner.split("/", -1));
        boolean leaves = segments.contains("") || segments.contains(".") || segments.contains("..");
        if (leaves || name.indexOf('\\') >= 0 || name.chars().anyMatch(Character::isISOControl)) {
            throw broken("is named " + Quotes.quote(name), "a path below its folder, such as a/b.png");
        }
        return name;
    }

    /** The fields that did not fit the header; empty if there are none. */
    private ByteBuffer zip64Fields(ByteBuffer extra) {
        while (extra.remaining() >= 4) {
            int id = Short.toUnsignedInt(extra.getShort());
            int length = Math.min(Short.toUnsignedInt(extra.getShort()), extra.remaining());
            if (id == ZIP64_FIELDS) {
                return extra.slice(extra.position(), length).order(ByteOrder.LITTLE_ENDIAN);
            }
            extra.position(extra.position() + length);
        }
        return ByteBuffer.allocate(0);
    }

    private static long field(int value, ByteBuffer large, String name) {
        long number = Integer.toUnsignedLong(value);
        if (number != ABSENT) {
            return number;
        }
        if (large.remaining() < Long.BYTES) {
            throw new BadDataException(Quotes.quote(name) + ": sizes that are missing (expected: zip64 fields)");
        }
        return large.getLong();
    }

    private BadDataException broken(String what, String expected) {
        return new BadDataException(
                "entry " + read + " of the zip's directory " + what + " (expected: " + expected + ")");
    }
}
