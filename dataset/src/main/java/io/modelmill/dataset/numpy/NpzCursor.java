package io.modelmill.dataset.numpy;

import io.modelmill.dataset.BadDataException;
import io.modelmill.dataset.DatasetColumn;
import io.modelmill.dataset.DatasetFile;
import io.modelmill.dataset.ReadLimits;
import io.modelmill.dataset.RowCursor;
import io.modelmill.dataset.Subset;
import io.modelmill.dataset.source.UnpackedBytes;
import io.modelmill.dataset.source.ZipArchive;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Rows of the arrays of an npz, all of them read side by side. */
public final class NpzCursor implements RowCursor {
    private final ZipArchive archive;
    private final List<NpzArrays> subsets;
    private final List<InputStream> streams = new ArrayList<>();
    private List<NpyRow> cells = List.of();
    private int position = -1;
    private long row;

    private NpzCursor(ZipArchive archive, ReadLimits limits) throws IOException {
        this.archive = archive;
        this.subsets = NpzArrays.read(archive, limits);
        if (subsets.stream().allMatch(arrays -> arrays.rows() == 0)) {
            throw new BadDataException("no rows (expected: at least one)");
        }
    }

    /** Opens the one file of a data set. */
    public static RowCursor open(List<DatasetFile> files, ReadLimits limits) {
        if (files.size() != 1) {
            throw new BadDataException(files.size() + " files (expected: one npz)");
        }
        ZipArchive archive =
                ZipArchive.open(files.getFirst(), new UnpackedBytes(limits.contentBytes()), limits.entries());
        try {
            try {
                return new NpzCursor(archive, limits);
            } catch (IOException | RuntimeException e) {
                archive.close();
                throw e;
            }
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    @Override
    public List<DatasetColumn> columns() {
        return subsets.getFirst().columns();
    }

    @Override
    public boolean next() {
        try {
            while (position < 0 || row == subsets.get(position).rows()) {
                if (position >= 0) {
                    endSubset();
                }
                if (position + 1 == subsets.size()) {
                    return false;
                }
                beginSubset();
            }
            row++;
            for (int index = 0; index < cells.size(); index++) {
                cells.get(index).read(streams.get(index), this::place);
            }
            return true;
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private void beginSubset() throws IOException {
        position++;
        row = 0;
        List<NpyRow> rows = new ArrayList<>();
        for (NpyArray array : subsets.get(position).arrays()) {
            streams.add(array.open(archive));
            rows.add(new NpyRow(array));
        }
        cells = rows;
    }

    /** Reads the streams to their ends, which checks their checksums. */
    private void endSubset() throws IOException {
        for (InputStream stream : streams) {
            if (stream.read() >= 0) {
                throw new IllegalStateException("an array is longer than its entry");
            }
            stream.close();
        }
        streams.clear();
    }

    @Override
    public Optional<Subset> subset() {
        return subsets.get(position).subset();
    }

    @Override
    public String text(int column) {
        requireCell(column);
        return cells.get(column).text(this::place);
    }

    @Override
    public double number(int column) {
        requireCell(column);
        return cells.get(column).number(this::place);
    }

    @Override
    public void tensor(int column, MemorySegment target) {
        if (columns().get(column).shape().isEmpty()) {
            throw new IllegalArgumentException("column " + column + " is of cells");
        }
        cells.get(column).tensor(target, this::place);
    }

    private void requireCell(int column) {
        if (!columns().get(column).shape().isEmpty()) {
            throw new IllegalArgumentException("column " + column + " is of tensors");
        }
    }

    @Override
    public String place() {
        return subsets.get(position)
                        .subset()
                        .map(subset -> subset.name().toLowerCase(Locale.ROOT) + ", ")
                        .orElse("")
                + "row " + row;
    }

    @Override
    public void close() throws IOException {
        for (InputStream stream : streams) {
            stream.close();
        }
        streams.clear();
        archive.close();
    }

    private static UncheckedIOException unreadable(IOException failure) {
        return new UncheckedIOException("the data set could not be read", failure);
    }
}
