package io.modelmill.registry.dataset;

import io.modelmill.dataset.BadDataException;
import io.modelmill.dataset.DatasetColumn;
import io.modelmill.dataset.DatasetFile;
import io.modelmill.dataset.DatasetFiles;
import io.modelmill.dataset.ReadLimits;
import io.modelmill.dataset.RowCursor;
import io.modelmill.dataset.Subset;
import io.modelmill.servicekit.error.Violations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/** Reads the files of a data set once from end to end, checks them and says what is in them. */
final class DatasetProfiler {
    /** Of all columns together; beyond, those with the most values lose them, so that a version fits a message. */
    private static final long MOST_DISTINCT_CHARACTERS = 256 << 10;

    /** Bytes of memory, meanwhile: thousands of columns may each have values up to their bounds. */
    private static final long MOST_WEIGHT = 32L << 20;

    private final NewDatasetVersion version;
    private final ReadLimits limits;
    private final BooleanSupplier cancelled;
    private final DatasetFaults faults;
    private final List<ColumnProfile> cells = new ArrayList<>();
    private final List<TensorProfile> tensors = new ArrayList<>();
    private final Map<Subset, Long> subsetRows = new EnumMap<>(Subset.class);
    private long rows;

    /** @param cancelled asked now and then: whether nobody waits any more */
    DatasetProfiler(NewDatasetVersion version, ReadLimits limits, BooleanSupplier cancelled) {
        this.version = version;
        this.limits = limits;
        this.cancelled = cancelled;
        this.faults = new DatasetFaults(version.contentField());
    }

    /**
     * Reads the files; to be called once.
     *
     * @throws io.modelmill.servicekit.error.ServiceException INVALID_ARGUMENT with up to {@value DatasetFaults#MOST} faults
     * @throws IOException if the files could not be read, which says nothing about them
     */
    DatasetProfile profile(List<DatasetFile> files) throws IOException, InterruptedException {
        try (RowCursor cursor = DatasetFiles.open(version.format(), files, limits)) {
            List<DatasetColumn> columns = cursor.columns();
            takeColumns(columns);
            readRows(cursor);
            faults.throwIfAny();
            return new DatasetProfile(rows, slim(finished(columns)), counts());
        } catch (BadDataException e) {
            faults.add(e);
            faults.throwIfAny();
            throw e;
        } catch (UncheckedIOException e) {
            throw Objects.requireNonNull(e.getCause());
        }
    }

    private void takeColumns(List<DatasetColumn> columns) {
        Map<String, ColumnType> declared = checkDeclared(columns);
        for (int index = 0; index < columns.size(); index++) {
            DatasetColumn column = columns.get(index);
            if (column.shape().isEmpty()) {
                Optional<ColumnType> type =
                        Optional.ofNullable(declared.get(column.name())).or(() -> known(column));
                cells.add(new ColumnProfile(column.name(), index, type));
            } else {
                tensors.add(new TensorProfile(column, index));
            }
        }
    }

    /** Only tables leave open what their cells are. */
    private Optional<ColumnType> known(DatasetColumn column) {
        if (column.type() == DatasetColumn.Type.NUMBER) {
            return Optional.of(ColumnType.NUMBER);
        }
        return switch (version.format()) {
            case CSV, TSV -> Optional.empty();
            case NPZ, IDX, IMAGES, TEXT -> Optional.of(ColumnType.TEXT);
        };
    }

    private Map<String, ColumnType> checkDeclared(List<DatasetColumn> columns) {
        Map<String, Boolean> isTensor = new HashMap<>();
        columns.forEach(column -> isTensor.put(column.name(), !column.shape().isEmpty()));
        Violations violations = new Violations();
        Map<String, ColumnType> types = new HashMap<>();
        Set<String> seen = new HashSet<>();
        for (int index = 0; index < version.columns().size(); index++) {
            DeclaredColumn declared = version.columns().get(index);
            String field = "dataset_version.columns[" + index + "]";
            Boolean tensor = isTensor.get(declared.name());
            violations
                    .check(tensor != null, field + ".name", declared.name(), "a column of the data set")
                    .check(seen.add(declared.name()), field + ".name", declared.name(), "each column once");
            declared.type().ifPresent(type -> {
                violations.check(
                        tensor == null || tensor == (type == ColumnType.TENSOR),
                        field + ".type",
                        "TYPE_" + type,
                        Boolean.TRUE.equals(tensor)
                                ? "TYPE_TENSOR, which the column is"
                                : "TYPE_NUMBER or TYPE_TEXT, for the column is no tensor");
                types.put(declared.name(), type);
            });
        }
        faults.add(violations);
        faults.throwIfAny();
        return types;
    }

    private void readRows(RowCursor cursor) throws InterruptedException {
        boolean goesOn = true;
        while (goesOn && !faults.isFull()) {
            try {
                goesOn = cursor.next();
                if (goesOn) {
                    rows++;
                    readRow(cursor);
                }
            } catch (BadDataException e) {
                faults.add(e);
                goesOn = e.isOfOneRow();
            }
            if (rows % 1_000 == 0 && cancelled.getAsBoolean()) {
                throw new InterruptedException("the caller has gone");
            }
        }
    }

    private void readRow(RowCursor cursor) {
        cursor.subset().ifPresent(subset -> subsetRows.merge(subset, 1L, Long::sum));
        for (ColumnProfile column : cells) {
            try {
                column.add(cursor);
            } catch (BadDataException e) {
                if (!e.isOfOneRow()) {
                    throw e;
                }
                faults.add(e);
            }
        }
        tensors.forEach(column -> column.read(cursor));
        while (cells.stream().mapToLong(ColumnProfile::weight).sum() > MOST_WEIGHT) {
            cells.stream().max(Comparator.comparingLong(ColumnProfile::weight)).ifPresent(ColumnProfile::forgetValues);
        }
    }

    private List<Column> finished(List<DatasetColumn> columns) {
        Map<String, Column> finished = new HashMap<>();
        cells.forEach(column -> finished.put(column.name(), column.finish()));
        tensors.forEach(column -> finished.put(column.name(), column.finish()));
        return columns.stream()
                .map(column -> Objects.requireNonNull(finished.get(column.name())))
                .toList();
    }

    private Map<String, Long> counts() {
        Map<String, Long> counts = new LinkedHashMap<>();
        subsetRows.forEach((subset, count) -> counts.put(subset.name().toLowerCase(Locale.ROOT), count));
        return counts;
    }

    private static List<Column> slim(List<Column> columns) {
        long characters =
                columns.stream().mapToLong(DatasetProfiler::characters).sum();
        List<Column> slim = new ArrayList<>(columns);
        List<Integer> largestFirst = IntStream.range(0, columns.size())
                .boxed()
                .sorted(Comparator.comparingLong((Integer index) -> characters(columns.get(index)))
                        .reversed())
                .toList();
        for (int index : largestFirst) {
            if (characters <= MOST_DISTINCT_CHARACTERS) {
                break;
            }
            characters -= characters(columns.get(index));
            slim.set(index, columns.get(index).withoutDistinctValues());
        }
        return slim;
    }

    private static long characters(Column column) {
        return column.distinctValues().stream().mapToLong(String::length).sum();
    }
}
