package io.modelmill.dataset.source;

import io.modelmill.dataset.BadDataException;
import io.modelmill.dataset.DatasetFile;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;

/**
 * A zip, also one beyond 4 GiB, of stored and deflated entries. The JDK's own keeps the whole directory in memory, which a
 * hostile file makes as large as it likes.
 */
public final class ZipArchive implements Closeable {
    private static final int GZIP_MAGIC = 0x8b1f;
    private static final int END = 0x06054b50;
    private static final int END_BYTES = 22;
    private static final int LONGEST_COMMENT = 0xffff;
    private static final int ZIP64_LOCATOR = 0x07064b50;
    private static final int ZIP64_LOCATOR_BYTES = 20;
    private static final int ZIP64_END = 0x06064b50;
    private static final int ZIP64_END_BYTES = 56;
    private static final int LOCAL = 0x04034b50;
    private static final int LOCAL_BYTES = 30;

    private final String name;
    private final FileChannel file;
    private final UnpackedBytes unpacked;
    private final long size;
    private long count;
    private long directoryStart;
    private long directoryBytes;

    private ZipArchive(String name, FileChannel file, UnpackedBytes unpacked) throws IOException {
        this.name = name;
        this.file = file;
        this.unpacked = unpacked;
        this.size = file.size();
    }

    /** Opens a file and finds its directory. */
    public static ZipArchive open(DatasetFile file, UnpackedBytes unpacked, int mostEntries) {
        try {
            FileChannel channel = FileChannel.open(file.content(), StandardOpenOption.READ);
            try {
                ZipArchive archive = new ZipArchive(file.name(), channel, unpacked);
                archive.findDirectory(mostEntries);
                return archive;
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /** A way through all entries, from the first. */
    public ZipDirectory directory() {
        return new ZipDirectory(new FileRange(file, directoryStart, directoryBytes), count, size);
    }

    /** An entry's content; throws {@link BadDataException} while it is read if it is not what the directory says. */
    public InputStream open(ZipEntryHeader entry) {
        try {
            ByteBuffer header = read(entry.offset(), LOCAL_BYTES);
            if (header.remaining() < LOCAL_BYTES || header.getInt(0) != LOCAL) {
                throw new BadDataException(
                        Quotes.quote(entry.name()) + ": not where the zip's directory says (expected: an entry)");
            }
            long start = entry.offset()
                    + LOCAL_BYTES
                    + Short.toUnsignedInt(header.getShort(26))
                    + Short.toUnsignedInt(header.getShort(28));
            if (start > size - entry.packedSize()) {
                throw new BadDataException(Quotes.quote(entry.name()) + ": cut off (expected: " + entry.packedSize()
                        + " bytes at " + start + ")");
            }
            return unpacked.counted(
                    ZipEntryBytes.open(new FileRange(file, start, entry.packedSize()), entry), entry.name());
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private void findDirectory(int mostEntries) throws IOException {
        int tail = (int) Math.min(size, END_BYTES + LONGEST_COMMENT);
        long tailStart = size - tail;
        ByteBuffer bytes = read(tailStart, tail);
        int end = bytes.remaining() - END_BYTES;
        while (end >= 0 && !isEnd(bytes, end)) {
            end--;
        }
        if (end < 0) {
            throw noZip();
        }
        long endStart = tailStart + end;
        count = Short.toUnsignedLong(bytes.getShort(end + 10));
        directoryBytes = Integer.toUnsignedLong(bytes.getInt(end + 12));
        directoryStart = Integer.toUnsignedLong(bytes.getInt(end + 16));
        if (count == 0xffff || directoryBytes == 0xffff_ffffL || directoryStart == 0xffff_ffffL) {
            findZip64Directory(endStart);
        }
        if (directoryStart < 0 || directoryBytes < 0 || directoryStart > endStart - directoryBytes) {
            throw new BadDataException(name + ": a zip whose directory is not in it (expected: " + directoryBytes
                    + " bytes at " + directoryStart + ")");
        }
        if (count < 0 || count > mostEntries) {
            throw new BadDataException(name + ": a zip of " + Long.toUnsignedString(count)
                    + " entries (expected: at most " + mostEntries + ")");
        }
    }

    private void findZip64Directory(long endStart) throws IOException {
        ByteBuffer locator = read(endStart - ZIP64_LOCATOR_BYTES, ZIP64_LOCATOR_BYTES);
        if (locator.remaining() < ZIP64_LOCATOR_BYTES || locator.getInt(0) != ZIP64_LOCATOR) {
            return; // The counts are what they say.
        }
        ByteBuffer end = read(locator.getLong(8), ZIP64_END_BYTES);
        if (end.remaining() < ZIP64_END_BYTES || end.getInt(0) != ZIP64_END) {
            throw new BadDataException(
                    name + ": a zip without its zip64 directory (expected: one at " + locator.getLong(8) + ")");
        }
        count = end.getLong(32);
        directoryBytes = end.getLong(40);
        directoryStart = end.getLong(48);
    }

    private static boolean isEnd(ByteBuffer bytes, int position) {
        return bytes.getInt(position) == END
                && position + END_BYTES + Short.toUnsignedInt(bytes.getShort(position + 20)) == bytes.limit();
    }

    private BadDataException noZip() throws IOException {
        ByteBuffer start = read(0, 2);
        boolean gzip = start.remaining() == 2 && Short.toUnsignedInt(start.getShort(0)) == GZIP_MAGIC;
        return new BadDataException(name + ": "
                + (gzip
                        ? "gzip (expected: the zip as it is, which is compressed in itself)"
                        : "no zip, or cut off (expected: a zip)"));
    }

    /** As many of the bytes as the file has; none outside it. */
    private ByteBuffer read(long position, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        if (position >= 0) {
            long at = position;
            while (buffer.hasRemaining()) {
                int read = file.read(buffer, at);
                if (read < 0) {
                    break;
                }
                at += read;
            }
        }
        return buffer.flip();
    }

    private static UncheckedIOException unreadable(IOException failure) {
        return new UncheckedIOException("the data set could not be read", failure);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
