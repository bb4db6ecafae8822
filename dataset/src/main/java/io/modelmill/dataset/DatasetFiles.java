package io.modelmill.dataset;

import io.modelmill.dataset.idx.IdxCursor;
import io.modelmill.dataset.image.ImagesCursor;
import io.modelmill.dataset.numpy.NpzCursor;
import io.modelmill.dataset.table.Dialect;
import io.modelmill.dataset.table.TableCursor;
import io.modelmill.dataset.text.TextCursor;
import java.util.List;

/** Opens the files of a data set. */
public final class DatasetFiles {
    private DatasetFiles() {}

    /**
     * Opens the files and reads what tells the columns.
     *
     * @throws BadDataException where they are not what the format says
     * @throws java.io.UncheckedIOException where they cannot be read
     */
    public static RowCursor open(DatasetFormat format, List<DatasetFile> files, ReadLimits limits) {
        if (files.isEmpty()) {
            throw new BadDataException("no files (expected: at least one)");
        }
        return switch (format) {
            case CSV -> TableCursor.open(Dialect.CSV, files, limits);
            case TSV -> TableCursor.open(Dialect.TSV, files, limits);
            case IDX -> IdxCursor.open(files, limits);
            case TEXT -> TextCursor.open(files, limits);
            case NPZ -> NpzCursor.open(files, limits);
            case IMAGES -> ImagesCursor.open(files, limits);
        };
    }
}
