package io.modelmill.dataset.table;

import io.modelmill.dataset.BadDataException;
import io.modelmill.dataset.DatasetColumn;
import io.modelmill.dataset.DatasetFile;
import io.modelmill.dataset.ReadLimits;
import io.modelmill.dataset.RowCursor;
import io.modelmill.dataset.Subset;
import io.modelmill.dataset.source.Quotes;
import io.modelmill.dataset.source.UnpackedBytes;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/** Rows of the files of a table one after the other. All have the same header row. */
public final class TableCursor implements RowCursor {
    private static final int MOST_FAULTS = 20;

    private final Dialect dialect;
    private final List<DatasetFile> files;
    private final ReadLimits limits;
    private final UnpackedBytes unpacked;
    private final List<DatasetColumn> columns;
    private TableFile file;
    private int position;
    private @Nullable CSVRecord row;
    private boolean anyRow;

    private TableCursor(Dialect dialect, List<DatasetFile> files, ReadLimits limits) {
        this.dialect = dialect;
        this.files = List.copyOf(files);
        this.limits = limits;
        this.unpacked = new UnpackedBytes(limits.contentBytes());
        this.file = openFile();
        try {
            this.columns = header(limits.columns()).stream()
                    .map(name -> new DatasetColumn(name, DatasetColumn.Type.CELL, List.of()))
                    .toList();
        } catch (RuntimeException e) {
            closeQuietly(e);
            throw e;
        }
    }

    /** Opens a table of one or more files and reads its columns. */
    public static RowCursor open(Dialect dialect, List<DatasetFile> files, ReadLimits limits) {
        return new TableCursor(dialect, files, limits);
    }

    @Override
    public List<DatasetColumn> columns() {
        return columns;
    }

    @Override
    public boolean next() {
        row = file.next();
        while (row == null && position + 1 < files.size()) {
            nextFile();
            row = file.next();
        }
        if (row == null) {
            if (!anyRow) {
                throw noRows("no rows");
            }
            return false;
        }
        anyRow = true;
        if (row.size() != columns.size()) {
            int cells = row.size();
            row = null;
            throw BadDataException.ofRow(
                    place() + ": " + cells + " cells (expected: " + columns.size() + ", as many as the header has)");
        }
        return true;
    }

    @Override
    public Optional<Subset> subset() {
        return Optional.empty();
    }

    @Override
    public String text(int column) {
        return row().get(column);
    }

    @Override
    public double number(int column) {
        return DecimalNumber.read(
                row().get(column), this::place, columns.get(column).name());
    }

    @Override
    public void tensor(int column, MemorySegment target) {
        throw new IllegalArgumentException("column " + column + " is of cells");
    }

    @Override
    public String place() {
        return file.place();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private CSVRecord row() {
        return Objects.requireNonNull(row, "no row");
    }

    private TableFile openFile() {
        DatasetFile next = files.get(position);
        return TableFile.open(files.size() == 1 ? "" : next.name(), next, dialect, unpacked, limits.rowCharacters());
    }

    private void nextFile() {
        try {
            file.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("the data set could not be read", e);
        }
        position++;
        file = openFile();
        CSVRecord header = file.next();
        List<String> expected = columns.stream().map(DatasetColumn::name).toList();
        if (header == null || !header.toList().equals(expected)) {
            throw new BadDataException(
                    place() + ": columns " + (header == null ? "(none)" : shown(header.toList())) + " (expected: "
                            + shown(expected) + ", as in " + files.getFirst().name() + ")");
        }
    }

    private List<String> header(int mostColumns) {
        CSVRecord header = file.next();
        if (header == null) {
            throw noRows("no header row");
        }
        if (header.size() > mostColumns) {
            throw new BadDataException(
                    place() + ": " + header.size() + " columns (expected: at most " + mostColumns + ")");
        }
        List<String> faults = new ArrayList<>();
        Set<String> names = new HashSet<>();
        int number = 0;
        for (String name : header) {
            number++;
            if (name.isBlank()) {
                faults.add(place() + ": column " + number + " has no name (expected: a name for each column)");
            } else if (!names.add(name)) {
                faults.add(place() + ": column " + number + " is named " + Quotes.quote(name)
                        + " again (expected: each name once)");
            }
            if (faults.size() == MOST_FAULTS) {
                break;
            }
        }
        if (!faults.isEmpty()) {
            throw new BadDataException(faults);
        }
        return header.toList();
    }

    private BadDataException noRows(String what) {
        return new BadDataException(
                (files.size() == 1 ? "" : files.get(position).name() + ": ") + what
                        + " (expected: a header row and at least one row)");
    }

    private static String shown(List<String> names) {
        String all = String.join(",", names);
        return Quotes.quote(all);
    }

    private void closeQuietly(RuntimeException failure) {
        try {
            file.close();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}
