package io.modelmill.dataset.source;

import io.modelmill.dataset.BadDataException;
import io.modelmill.dataset.DatasetFile;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** Opens files from their beginning, unpacked if their first bytes are gzip's. */
public final class PlainStream {
    private static final int GZIP_MAGIC_1 = 0x1f;
    private static final int GZIP_MAGIC_2 = 0x8b;
    private static final int BUFFER = 1 << 16;

    private PlainStream() {}

    /**
     * The file's bytes; throws {@link BadDataException} while they are read if they are too many.
     *
     * @param place begins that message; empty if the reader puts one before it
     */
    public static InputStream open(DatasetFile file, UnpackedBytes unpacked, String place) throws IOException {
        InputStream raw = Files.newInputStream(file.content());
        try {
            BufferedInputStream bytes = new BufferedInputStream(raw, BUFFER);
            bytes.mark(2);
            boolean gzip = bytes.read() == GZIP_MAGIC_1 && bytes.read() == GZIP_MAGIC_2;
            bytes.reset();
            return unpacked.counted(gzip ? new GZIPInputStream(bytes, BUFFER) : bytes, place);
        } catch (IOException e) {
            raw.close();
            throw e;
        }
    }

    /**
     * What a failure to read means: the file's fault where its gzip stream is broken.
     *
     * @param place as messages begin; empty for a file alone
     * @param expected what the file should hold
     */
    public static RuntimeException failure(IOException failure, String place, String expected) {
        String start = place.isEmpty() ? "" : place + ": ";
        return switch (failure) {
            case ZipException broken ->
                new BadDataException(start + "a broken gzip stream (expected: " + expected + ", plain or gzip)");
            case EOFException broken ->
                new BadDataException(
                        start + "a gzip stream that ends early (expected: " + expected + ", plain or gzip)");
            default -> new UncheckedIOException("the data set could not be read", failure);
        };
    }
}
