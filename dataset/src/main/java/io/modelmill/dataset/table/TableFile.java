package io.modelmill.dataset.table;

import io.modelmill.dataset.BadDataException;
import io.modelmill.dataset.DatasetFile;
import io.modelmill.dataset.source.PlainStream;
import io.modelmill.dataset.source.UnpackedBytes;
import io.modelmill.dataset.text.RowText;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.util.Iterator;
import java.util.Objects;
import org.apache.commons.csv.CSVException;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/** One file of a table, read row by row, the header first. */
final class TableFile implements Closeable {
    private final String name;
    private final Dialect dialect;
    private final RowText text;
    private final CSVParser parser;
    private final Iterator<CSVRecord> records;
    /** Where the row that was read begins; from 1, the header's. A row may span lines, in quotes. */
    private long line;

    private long nextLine = 1;

    private TableFile(String name, Dialect dialect, RowText text) throws IOException {
        this.name = name;
        this.dialect = dialect;
        this.text = text;
        this.parser =
                CSVParser.builder().setReader(text).setFormat(dialect.format()).get();
        this.records = parser.iterator();
    }

    /** @param name begins the places in messages; empty for a file alone */
    static TableFile open(String name, DatasetFile file, Dialect dialect, UnpackedBytes unpacked, int longestRow) {
        try {
            return new TableFile(name, dialect, RowText.open(file, unpacked, longestRow, dialect.delimiter()));
        } catch (IOException e) {
            throw failure(e, name, "line 1", dialect);
        }
    }

    /** The next row; null behind the last. */
    @Nullable
    CSVRecord next() {
        line = nextLine;
        try {
            if (!records.hasNext()) {
                return null;
            }
            CSVRecord row = records.next();
            text.endRow();
            nextLine = parser.getCurrentLineNumber() + 1;
            return row;
        } catch (UncheckedIOException e) {
            throw failure(Objects.requireNonNull(e.getCause()), name, "line " + line, dialect);
        } catch (BadDataException e) {
            throw new BadDataException(place() + ": " + e.getMessage());
        }
    }

    /** Where the row that was read stands. */
    String place() {
        return prefix(name) + "line " + line;
    }

    private static RuntimeException failure(IOException failure, String name, String line, Dialect dialect) {
        return switch (failure) {
            case CharacterCodingException malformed ->
                new BadDataException(
                        prefix(name) + line + ": bytes that are no UTF-8, here or soon after (expected: UTF-8)");
            case CSVException wrong ->
                new BadDataException(
                        prefix(name) + line + ": wrong quoting (expected: RFC 4180: a quoted cell ends with a"
                                + " quote before comma or line end)");
            default -> PlainStream.failure(failure, name, dialect.name());
        };
    }

    private static String prefix(String name) {
        return name.isEmpty() ? "" : name + ", ";
    }

    @Override
    public void close() throws IOException {
        parser.close();
    }
}
