package io.modelmill.dataset.text;

import io.modelmill.dataset.BadDataException;
import io.modelmill.dataset.DatasetColumn;
import io.modelmill.dataset.DatasetFile;
import io.modelmill.dataset.ReadLimits;
import io.modelmill.dataset.RowCursor;
import io.modelmill.dataset.Subset;
import io.modelmill.dataset.source.PlainStream;
import io.modelmill.dataset.source.Quotes;
import io.modelmill.dataset.source.UnpackedBytes;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.CharacterCodingException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Lines of text files one after the other, the empty ones too. A line ends with LF, CRLF or CR. */
public final class TextCursor implements RowCursor {
    private static final List<DatasetColumn> COLUMNS =
            List.of(new DatasetColumn("text", DatasetColumn.Type.CELL, List.of()));

    private final List<DatasetFile> files;
    private final ReadLimits limits;
    private final UnpackedBytes unpacked;
    private int position;
    private RowText text;
    private BufferedReader lines;
    private long number;
    private @Nullable String line;
    private boolean anyLine;

    private TextCursor(List<DatasetFile> files, ReadLimits limits) {
        this.files = List.copyOf(files);
        this.limits = limits;
        this.unpacked = new UnpackedBytes(limits.contentBytes());
        this.text = openFile();
        this.lines = new BufferedReader(text);
    }

    /** Opens one or more files. */
    public static RowCursor open(List<DatasetFile> files, ReadLimits limits) {
        return new TextCursor(files, limits);
    }

    @Override
    public List<DatasetColumn> columns() {
        return COLUMNS;
    }

    @Override
    public boolean next() {
        line = readLine();
        while (line == null && position + 1 < files.size()) {
            nextFile();
            line = readLine();
        }
        if (line == null && !anyLine) {
            throw new BadDataException("no lines (expected: at least one)");
        }
        anyLine = true;
        return line != null;
    }

    @Override
    public Optional<Subset> subset() {
        return Optional.empty();
    }

    @Override
    public String text(int column) {
        return Objects.requireNonNull(line, "no row");
    }

    @Override
    public double number(int column) {
        String cell = text(column);
        if (cell.isEmpty()) {
            return Double.NaN;
        }
        throw BadDataException.ofRow(place() + ": " + Quotes.quote(cell) + " (expected: a number; lines are text)");
    }

    @Override
    public void tensor(int column, MemorySegment target) {
        throw new IllegalArgumentException("column " + column + " is of text");
    }

    @Override
    public String place() {
        return prefix() + "line " + number;
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }

    private @Nullable String readLine() {
        number++;
        try {
            String read = lines.readLine();
            text.endRow();
            return read;
        } catch (IOException e) {
            throw failure(e);
        } catch (BadDataException e) {
            throw new BadDataException(place() + ": " + e.getMessage());
        }
    }

    private RowText openFile() {
        try {
            return RowText.open(files.get(position), unpacked, limits.rowCharacters(), '\n');
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private void nextFile() {
        try {
            lines.close();
        } catch (IOException e) {
            throw failure(e);
        }
        position++;
        number = 0;
        text = openFile();
        lines = new BufferedReader(text);
    }

    private RuntimeException failure(IOException failure) {
        return failure instanceof CharacterCodingException
                ? new BadDataException(prefix() + "line " + Math.max(number, 1)
                        + ": bytes that are no UTF-8, here or soon after (expected: UTF-8)")
                : PlainStream.failure(
                        failure, files.size() == 1 ? "" : files.get(position).name(), "text");
    }

    private String prefix() {
        return files.size() == 1 ? "" : files.get(position).name() + ", ";
    }
}
