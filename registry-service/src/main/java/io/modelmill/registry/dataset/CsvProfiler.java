package io.modelmill.registry.dataset;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.zip.ZipException;
import org.apache.commons.csv.CSVException;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/** Reads a CSV file (RFC 4180, header row) once from end to end, checks it and says what is in it. */
final class CsvProfiler {
    private static final int MOST_COLUMNS = 10_000;
    /** Of all columns together; beyond, those with the most values lose them, so that a version fits a message. */
    private static final long MOST_DISTINCT_CHARACTERS = 256 << 10;

    private static final CSVFormat FORMAT =
            CSVFormat.RFC4180.builder().setIgnoreEmptyLines(false).get();

    private final List<DeclaredColumn> declared;
    private final long largestText;
    private final BooleanSupplier cancelled;
    private final CsvFaults faults = new CsvFaults();
    private final List<ColumnProfile> columns = new ArrayList<>();
    private long rows;

    /**
     * @param largestText most bytes of text, after gzip
     * @param cancelled asked now and then: whether nobody waits any more
     */
    CsvProfiler(List<DeclaredColumn> declared, long largestText, BooleanSupplier cancelled) {
        this.declared = declared;
        this.largestText = largestText;
        this.cancelled = cancelled;
    }

    /**
     * Reads the file; to be called once.
     *
     * @throws io.modelmill.servicekit.error.ServiceException INVALID_ARGUMENT with up to {@value CsvFaults#MOST} faults
     * @throws IOException if the file could not be read, which says nothing about it
     */
    CsvProfile profile(InputStream file) throws IOException, InterruptedException {
        long line = 1;
        try (CsvText text = CsvText.open(file, largestText);
                CSVParser parser =
                        CSVParser.builder().setReader(text).setFormat(FORMAT).get()) {
            Iterator<CSVRecord> records = parser.iterator();
            while (!faults.isFull() && records.hasNext()) {
                CSVRecord record = records.next();
                text.endRow();
                if (columns.isEmpty()) {
                    readHeader(record);
                } else {
                    readRow(line, record);
                }
                line = parser.getCurrentLineNumber() + 1;
                if (record.getRecordNumber() % 1_000 == 0 && cancelled.getAsBoolean()) {
                    throw new InterruptedException("the caller has gone");
                }
            }
        } catch (UncheckedIOException e) {
            addFault(line, e.getCause() == null ? new IOException(e) : e.getCause());
        } catch (IOException e) {
            addFault(line, e);
        }
        if (faults.isEmpty() && rows == 0) {
            faults.addWhole(columns.isEmpty() ? "no header row" : "no rows", "a header row and at least one row");
        }
        faults.throwIfAny();
        return new CsvProfile(
                rows, slim(columns.stream().map(ColumnProfile::finish).toList()));
    }

    /** Throws the failure if it is not the file's fault. */
    private void addFault(long line, IOException failure) throws IOException {
        switch (failure) {
            case CharacterCodingException malformed ->
                faults.add(line, "bytes that are no UTF-8, here or soon after", "UTF-8");
            case CsvText.TooLongException tooLong ->
                faults.add(line, String.valueOf(tooLong.getMessage()), tooLong.expected());
            case ZipException broken -> faults.addWhole("a broken gzip stream", "CSV, plain or gzip");
            case EOFException broken -> faults.addWhole("a gzip stream that ends early", "CSV, plain or gzip");
            case CSVException wrong ->
                faults.add(line, "wrong quoting", "RFC 4180: a quoted cell ends with a quote before comma or line end");
            default -> throw failure;
        }
    }

    private void readHeader(CSVRecord header) {
        if (header.size() > MOST_COLUMNS) {
            faults.add(1, header.size() + " columns", "at most " + MOST_COLUMNS);
            faults.throwIfAny();
        }
        Map<String, ColumnType> types = new HashMap<>();
        declared.forEach(column -> column.type().ifPresent(type -> types.put(column.name(), type)));
        Set<String> names = new HashSet<>();
        int position = 0;
        for (String name : header) {
            position++;
            if (name.isBlank()) {
                faults.add(1, "column " + position + " has no name", "a name for each column");
            } else if (!names.add(name)) {
                faults.add(1, "column " + position + " is named " + CsvFaults.quote(name) + " again", "each name once");
            }
            if (faults.isFull()) {
                return;
            }
            columns.add(new ColumnProfile(name, Optional.ofNullable(types.get(name))));
        }
        Set<String> seen = new HashSet<>();
        for (int index = 0; index < declared.size() && !faults.isFull(); index++) {
            String name = declared.get(index).name();
            String field = "dataset_version.columns[" + index + "].name";
            if (!names.contains(name)) {
                faults.addField(field, name, "a column of the file");
            } else if (!seen.add(name)) {
                faults.addField(field, name, "each column once");
            }
        }
    }

    private void readRow(long line, CSVRecord row) {
        rows++;
        if (row.size() != columns.size()) {
            faults.add(line, row.size() + " cells", columns.size() + ", as many as the header has");
            return;
        }
        for (int index = 0; index < columns.size() && !faults.isFull(); index++) {
            ColumnProfile column = columns.get(index);
            if (!column.add(row.get(index))) {
                faults.addCell(line, column.name(), row.get(index), "a finite decimal number");
            }
        }
    }

    private static List<Column> slim(List<Column> columns) {
        long characters = columns.stream().mapToLong(CsvProfiler::characters).sum();
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
