package io.modelmill.dataset;

/**
 * What reading a data set may cost at most, for a small file can unpack to a large one. What is beyond is refused with a
 * {@link BadDataException}. With the default of all but {@code contentBytes}, no format needs more than 64 MiB of heap.
 *
 * @param contentBytes bytes of all files together once they are unpacked
 * @param rowCharacters of a line of text or a row of a table
 * @param rowBytes of a row of arrays, all columns together, or of an image, packed or not
 * @param columns of a table
 * @param entries of a zip
 */
public record ReadLimits(long contentBytes, int rowCharacters, int rowBytes, int columns, int entries) {
    /** 64 GiB in all, rows of 4 Mi characters or 16 MiB, 10,000 columns, 10,000,000 entries. */
    public static final ReadLimits DEFAULT = new ReadLimits(64L << 30, 4 << 20, 16 << 20, 10_000, 10_000_000);

    public ReadLimits {
        requirePositive("contentBytes", contentBytes);
        requirePositive("rowCharacters", rowCharacters);
        requirePositive("rowBytes", rowBytes);
        requirePositive("columns", columns);
        requirePositive("entries", entries);
    }

    /** The same with another bound of all that is unpacked. */
    public ReadLimits withContentBytes(long bytes) {
        return new ReadLimits(bytes, rowCharacters, rowBytes, columns, entries);
    }

    private static void requirePositive(String name, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: > 0)");
        }
    }
}
