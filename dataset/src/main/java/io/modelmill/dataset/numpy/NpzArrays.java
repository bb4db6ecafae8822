package io.modelmill.dataset.numpy;

import io.modelmill.dataset.BadDataException;
import io.modelmill.dataset.DatasetColumn;
import io.modelmill.dataset.ReadLimits;
import io.modelmill.dataset.Subset;
import io.modelmill.dataset.source.Quotes;
import io.modelmill.dataset.source.ZipArchive;
import io.modelmill.dataset.source.ZipDirectory;
import io.modelmill.dataset.source.ZipEntryHeader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Arrays that have their rows in common.
 *
 * @param subset what their names say of the rows, such as {@code x_train}
 * @param arrays one for each column
 */
record NpzArrays(Optional<Subset> subset, List<NpyArray> arrays) {
    /** Each is read side by side with the others and so has buffers of its own. */
    private static final int MOST_ARRAYS = 256;

    private static final String SUFFIX = ".npy";

    NpzArrays {
        arrays = List.copyOf(arrays);
    }

    long rows() {
        return arrays.getFirst().rows();
    }

    List<DatasetColumn> columns() {
        return arrays.stream().map(NpyArray::column).toList();
    }

    /** Reads all headers; answers the subsets in their order, each with the same columns. */
    static List<NpzArrays> read(ZipArchive archive, ReadLimits limits) throws IOException {
        Map<String, ZipEntryHeader> entries = entries(archive);
        List<String> names = List.copyOf(entries.keySet());
        boolean toldApart = names.stream().anyMatch(name -> subset(name).isPresent());
        Map<Optional<Subset>, List<NpyArray>> found = new LinkedHashMap<>();
        for (Map.Entry<String, ZipEntryHeader> entry : entries.entrySet()) {
            String name = entry.getKey();
            Optional<Subset> subset = subset(name);
            if (toldApart && subset.isEmpty()) {
                throw new BadDataException(entry.getValue().name()
                        + ": a name that tells no subset, while others do (expected: one that ends with _train,"
                        + " _validation or _test)");
            }
            String column = subset.map(which ->
                            name.substring(0, name.length() - suffix(which).length()))
                    .orElse(name);
            found.computeIfAbsent(subset, none -> new ArrayList<>())
                    .add(NpyArray.of(archive, entry.getValue(), column, limits));
        }
        List<NpzArrays> ordered = found.entrySet().stream()
                .sorted(Map.Entry.comparingByKey(
                        (one, other) -> one.isEmpty() ? 0 : one.get().compareTo(other.orElseThrow())))
                .map(entry -> new NpzArrays(entry.getKey(), entry.getValue()))
                .toList();
        List<NpzArrays> checked = new ArrayList<>();
        for (NpzArrays arrays : ordered) {
            checked.add(arrays.like(ordered.getFirst()).checkRows(limits.rowBytes()));
        }
        return checked;
    }

    private static Map<String, ZipEntryHeader> entries(ZipArchive archive) {
        Map<String, ZipEntryHeader> entries = new LinkedHashMap<>();
        ZipDirectory directory = archive.directory();
        for (ZipEntryHeader entry = directory.next(); entry != null; entry = directory.next()) {
            if (!entry.name().endsWith(SUFFIX) || entry.name().length() == SUFFIX.length()) {
                throw new BadDataException(Quotes.quote(entry.name()) + ": no array (expected: NAME.npy)");
            }
            String name = entry.name().substring(0, entry.name().length() - SUFFIX.length());
            if (entries.put(name, entry) != null) {
                throw new BadDataException(Quotes.quote(entry.name()) + ": there again (expected: each name once)");
            }
            if (entries.size() > MOST_ARRAYS) {
                throw new BadDataException(
                        "more than " + MOST_ARRAYS + " arrays (expected: at most " + MOST_ARRAYS + ")");
            }
        }
        if (entries.isEmpty()) {
            throw new BadDataException("no arrays (expected: at least one)");
        }
        return entries;
    }

    private static Optional<Subset> subset(String name) {
        for (Subset subset : Subset.values()) {
            if (name.endsWith(suffix(subset)) && name.length() > suffix(subset).length()) {
                return Optional.of(subset);
            }
        }
        return Optional.empty();
    }

    private static String suffix(Subset subset) {
        return "_" + subset.name().toLowerCase(Locale.ROOT);
    }

    /** The same arrays in the first subset's order, which must have the same columns. */
    private NpzArrays like(NpzArrays first) {
        List<NpyArray> sorted = new ArrayList<>();
        for (NpyArray model : first.arrays) {
            DatasetColumn column = model.column();
            NpyArray array = arrays.stream()
                    .filter(candidate -> candidate.column().name().equals(column.name()))
                    .findFirst()
                    .orElseThrow(() -> new BadDataException("no array "
                            + Quotes.quote(column.name()
                                    + subset.map(NpzArrays::suffix).orElse("")) + " (expected: one, as there is "
                            + Quotes.quote(model.entry().name()) + ")"));
            if (!array.column().equals(column)) {
                throw new BadDataException(array.entry().name() + ": " + shown(array.column()) + " (expected: "
                        + shown(column) + ", as " + model.entry().name() + " has)");
            }
            sorted.add(array);
        }
        for (NpyArray array : arrays) {
            if (!sorted.contains(array)) {
                throw new BadDataException(array.entry().name() + ": an array that " + shown(first.subset)
                        + " lacks (expected: the same arrays in each subset)");
            }
        }
        return new NpzArrays(subset, sorted);
    }

    private NpzArrays checkRows(int largestRow) {
        NpyArray first = arrays.getFirst();
        long bytes = 0;
        for (NpyArray array : arrays) {
            bytes += array.rowBytes();
            if (array.rows() != first.rows()) {
                throw new BadDataException(array.entry().name() + ": " + array.rows() + " rows (expected: "
                        + first.rows() + ", as many as " + first.entry().name() + " has)");
            }
        }
        if (bytes > largestRow) {
            throw new BadDataException(
                    "rows of " + bytes + " bytes in all arrays (expected: at most " + largestRow + ")");
        }
        return this;
    }

    private static String shown(DatasetColumn column) {
        return switch (column.type()) {
            case CELL -> "texts";
            case NUMBER -> "a number a row";
            case BYTES -> "bytes of shape " + column.shape();
            case FLOATS -> "numbers of shape " + column.shape();
        };
    }

    private static String shown(Optional<Subset> subset) {
        return subset.map(which -> "the subset " + which.name().toLowerCase(Locale.ROOT))
                .orElse("the first");
    }
}
