package io.modelmill.dataset.text;

import io.modelmill.dataset.BadDataException;
import io.modelmill.dataset.DatasetFile;
import io.modelmill.dataset.source.PlainStream;
import io.modelmill.dataset.source.UnpackedBytes;
import java.io.BufferedReader;
import java.io.FilterReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * The text of a file: strict UTF-8 with or without byte order mark. It watches the length of rows, for a parser would gather a
 * quote that is never closed, or commas without end, until no memory is left. A reader in front of it may be ahead by its
 * buffer.
 */
public final class RowText extends FilterReader {
    /** A row of more cells is no row, wherever the parser sees quotes: each cell costs memory, even an empty one. */
    private static final int MOST_DELIMITERS = 1 << 18;

    private static final char BYTE_ORDER_MARK = '\uFEFF';
    private static final int BUFFER = 1 << 14;

    private final int longestRow;
    private final char delimiter;
    private long characters;
    private long delimiters;

    private RowText(Reader reader, int longestRow, char delimiter) {
        super(reader);
        this.longestRow = longestRow;
        this.delimiter = delimiter;
    }

    /**
     * Opens a file.
     *
     * @param longestRow most characters between two calls of {@link #endRow}
     * @param delimiter between cells; a line's end where there are none
     */
    public static RowText open(DatasetFile file, UnpackedBytes unpacked, int longestRow, char delimiter)
            throws IOException {
        InputStream bytes = PlainStream.open(file, unpacked, "");
        try {
            Reader decoded = new InputStreamReader(
                    bytes,
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .onMalformedInput(CodingErrorAction.REPORT)
                            .onUnmappableCharacter(CodingErrorAction.REPORT));
            RowText text = new RowText(new BufferedReader(decoded, BUFFER), longestRow, delimiter);
            text.in.mark(1);
            if (text.in.read() != BYTE_ORDER_MARK) {
                text.in.reset();
            }
            return text;
        } catch (IOException | RuntimeException e) {
            bytes.close();
            throw e;
        }
    }

    /** Says that a row is complete. */
    public void endRow() {
        characters = 0;
        delimiters = 0;
    }

    @Override
    public int read() throws IOException {
        int character = super.read();
        if (character >= 0) {
            count(1, character == delimiter ? 1 : 0);
        }
        return character;
    }

    @Override
    public int read(char[] buffer, int offset, int length) throws IOException {
        int read = super.read(buffer, offset, length);
        int found = 0;
        for (int index = offset; index < offset + read; index++) {
            if (buffer[index] == delimiter) {
                found++;
            }
        }
        count(Math.max(read, 0), found);
        return read;
    }

    private void count(int read, int found) {
        characters += read;
        delimiters += found;
        if (characters > longestRow) {
            throw new BadDataException(
                    "a row of more than " + longestRow + " characters (expected: rows that are shorter)");
        }
        if (delimiters > MOST_DELIMITERS) {
            throw new BadDataException(
                    "a row with more than " + MOST_DELIMITERS + " delimiters (expected: rows that are shorter)");
        }
    }
}
