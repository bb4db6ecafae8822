package io.modelmill.worker.data;

import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.plan.DataPlan;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.apache.commons.csv.CSVException;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/** A data set's file: CSV by RFC 4180 in UTF-8 with a header row, plain or gzip. */
public final class CsvFile {
    private static final CSVFormat FORMAT =
            CSVFormat.RFC4180.builder().setIgnoreEmptyLines(false).get();
    private static final char BYTE_ORDER_MARK = '\uFEFF';
    private static final int GZIP_MAGIC = 0x1f8b;

    private final Path path;

    public CsvFile(Path path) {
        this.path = path;
    }

    /**
     * Reads features and labels.
     *
     * @throws JobFailedException when the file is no such CSV, a column is missing or a feature is no number; the
     *     message names line and column
     */
    public Rows read(DataPlan plan) {
        try (BufferedReader reader = open();
                CSVParser parser =
                        CSVParser.builder().setReader(reader).setFormat(FORMAT).get()) {
            return read(plan, parser);
        } catch (CharacterCodingException e) {
            throw new JobFailedException("the data set is not UTF-8 text");
        } catch (ZipException | java.io.EOFException e) {
            throw new JobFailedException("the data set's gzip stream is broken: " + e.getMessage());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the data set", e);
        }
    }

    private BufferedReader open() throws IOException {
        InputStream bytes = new BufferedInputStream(Files.newInputStream(path), 1 << 16);
        try {
            bytes.mark(2);
            int magic = bytes.read() << 8 | bytes.read();
            bytes.reset();
            InputStream plain = magic == GZIP_MAGIC ? new GZIPInputStream(bytes, 1 << 16) : bytes;
            // A fresh decoder reports malformed bytes; one made from a charset would replace them in silence.
            return new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8.newDecoder()), 1 << 16);
        } catch (IOException e) {
            bytes.close();
            throw e;
        }
    }

    private static Rows read(DataPlan plan, CSVParser parser) throws IOException {
        try {
            var records = parser.iterator();
            if (!records.hasNext()) {
                throw new JobFailedException("the data set is empty (expected: a header row)");
            }
            List<String> header = header(records.next());
            Columns columns = Columns.of(header, plan);
            int width = columns.features.length;
            float[] features = new float[1024 * width];
            int[] lines = new int[1024];
            List<String> labels = new ArrayList<>();
            Map<String, String> known = new HashMap<>();
            int line = nextLine(parser);
            while (records.hasNext()) {
                CSVRecord record = records.next();
                if (record.size() != header.size()) {
                    throw new JobFailedException("line %d: %d cells (expected: %d, as in the header)"
                            .formatted(line, record.size(), header.size()));
                }
                int row = labels.size();
                if (row == lines.length) {
                    lines = Arrays.copyOf(lines, row * 2);
                    features = Arrays.copyOf(features, grown(row, width));
                }
                for (int i = 0; i < width; i++) {
                    int column = columns.features[i];
                    features[row * width + i] = NumberCell.parse(record.get(column), line, header.get(column));
                }
                lines[row] = line;
                labels.add(known.computeIfAbsent(record.get(columns.label), text -> text));
                line = nextLine(parser);
            }
            List<String> names =
                    Arrays.stream(columns.features).mapToObj(header::get).toList();
            int count = labels.size();
            return new Rows(names, Arrays.copyOf(features, count * width), labels, Arrays.copyOf(lines, count));
        } catch (UncheckedIOException e) {
            throw unwrapped(e);
        }
    }

    /** A record may span lines, in quotes: messages name the one in which it begins. */
    private static int nextLine(CSVParser parser) {
        return Math.toIntExact(parser.getCurrentLineNumber() + 1);
    }

    /** The parser's iterator wraps what reading threw. */
    private static IOException unwrapped(UncheckedIOException failure) {
        IOException cause = Objects.requireNonNull(failure.getCause());
        if (cause instanceof CSVException) {
            throw new JobFailedException("the data set is not CSV: " + cause.getMessage());
        }
        return cause;
    }

    private static int grown(int row, int width) {
        long values = 2L * row * width;
        if (values > Integer.MAX_VALUE - 8) {
            throw new JobFailedException("the data set has more than %d numbers (expected: at most %d)"
                    .formatted((long) row * width, (Integer.MAX_VALUE - 8) / 2));
        }
        return (int) values;
    }

    private static List<String> header(CSVRecord record) {
        List<String> header = new ArrayList<>(record.toList());
        String first = header.getFirst();
        if (!first.isEmpty() && first.charAt(0) == BYTE_ORDER_MARK) {
            header.set(0, first.substring(1));
        }
        var seen = new LinkedHashSet<String>();
        for (String name : header) {
            if (!seen.add(name)) {
                throw new JobFailedException(
                        "line 1: two columns are named `%s` (expected: unique names)".formatted(name));
            }
        }
        return List.copyOf(header);
    }

    /** Where label and features stand in a record. */
    @SuppressWarnings("ArrayRecordComponent") // Bulk data: never compared, never changed after construction.
    private record Columns(int label, int[] features) {
        static Columns of(List<String> header, DataPlan plan) {
            int label = indexOf(header, plan.labelColumn());
            List<String> names = plan.featureColumns().isEmpty()
                    ? header.stream()
                            .filter(name -> !name.equals(plan.labelColumn()))
                            .toList()
                    : plan.featureColumns();
            if (names.isEmpty()) {
                throw new JobFailedException("the data set has no column beside the label `%s` (expected: at least 1)"
                        .formatted(plan.labelColumn()));
            }
            if (names.contains(plan.labelColumn())) {
                throw new JobFailedException("column `%s` is both label and feature".formatted(plan.labelColumn()));
            }
            return new Columns(
                    label,
                    names.stream().mapToInt(name -> indexOf(header, name)).toArray());
        }

        private static int indexOf(List<String> header, String name) {
            int index = header.indexOf(name);
            if (index < 0) {
                throw new JobFailedException(
                        "column `%s` is not in the data set (expected one of: %s)".formatted(name, shown(header)));
            }
            return index;
        }

        private static String shown(List<String> header) {
            String names = String.join(", ", header.subList(0, Math.min(header.size(), 20)));
            return header.size() > 20 ? names + ", ..." : names;
        }
    }
}
