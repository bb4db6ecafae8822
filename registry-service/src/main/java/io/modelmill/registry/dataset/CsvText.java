package io.modelmill.registry.dataset;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.FilterReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;

/** The text of an uploaded CSV file: plain or gzip by its first bytes, strict UTF-8 with or without byte order mark. */
final class CsvText extends FilterReader {
    /** A row that is longer is most likely a quote that was never closed. */
    private static final long LONGEST_ROW = 16L << 20;

    private static final int GZIP_MAGIC_1 = 0x1f;
    private static final int GZIP_MAGIC_2 = 0x8b;
    private static final char BYTE_ORDER_MARK = '\uFEFF';

    private long sinceRow;

    private CsvText(Reader reader) {
        super(reader);
    }

    /**
     * Opens a file.
     *
     * @param largest most bytes of text: a small gzip file may hold a large one
     */
    static CsvText open(InputStream file, long largest) throws IOException {
        BufferedInputStream bytes = new BufferedInputStream(file, 1 << 16);
        bytes.mark(2);
        boolean gzip = bytes.read() == GZIP_MAGIC_1 && bytes.read() == GZIP_MAGIC_2;
        bytes.reset();
        InputStream plain = new BoundedStream(gzip ? new GZIPInputStream(bytes, 1 << 16) : bytes, largest);
        Reader reader = new InputStreamReader(
                plain,
                StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT));
        CsvText text = new CsvText(new java.io.BufferedReader(reader, 1 << 16));
        text.in.mark(1);
        if (text.in.read() != BYTE_ORDER_MARK) {
            text.in.reset();
        }
        return text;
    }

    /** Says that a row is complete. */
    void endRow() {
        sinceRow = 0;
    }

    @Override
    public int read() throws IOException {
        int character = super.read();
        count(1);
        return character;
    }

    @Override
    public int read(char[] buffer, int offset, int length) throws IOException {
        int read = super.read(buffer, offset, length);
        count(Math.max(read, 0));
        return read;
    }

    private void count(int characters) throws IOException {
        sinceRow += characters;
        if (sinceRow > LONGEST_ROW) {
            throw new TooLongException("a row of more than " + LONGEST_ROW + " characters", "rows that are shorter");
        }
    }

    /** The file holds more than this service reads. */
    static final class TooLongException extends IOException {
        private static final long serialVersionUID = 1L;
        private final String expected;

        TooLongException(String message, String expected) {
            super(message);
            this.expected = expected;
        }

        String expected() {
            return expected;
        }
    }

    private static final class BoundedStream extends FilterInputStream {
        private final long largest;
        private long total;

        BoundedStream(InputStream in, long largest) {
            super(in);
            this.largest = largest;
        }

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

        private void count(int bytes) throws IOException {
            total += bytes;
            if (total > largest) {
                throw new TooLongException("more than " + largest + " bytes of text", "at most " + largest);
            }
        }
    }
}
