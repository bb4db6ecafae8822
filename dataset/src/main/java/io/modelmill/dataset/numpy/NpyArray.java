package io.modelmill.dataset.numpy;

import io.modelmill.dataset.BadDataException;
import io.modelmill.dataset.DatasetColumn;
import io.modelmill.dataset.DatasetColumn.Type;
import io.modelmill.dataset.ReadLimits;
import io.modelmill.dataset.source.ZipArchive;
import io.modelmill.dataset.source.ZipEntryHeader;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * An array of an npz.
 *
 * @param rows items of the first axis
 * @param rowBytes of a row as it stands in the file
 * @param column what it is in the data set, by the name that the array has there
 */
record NpyArray(ZipEntryHeader entry, NpyType type, int headerBytes, long rows, int rowBytes, DatasetColumn column) {
    private static final int BUFFER = 1 << 14;

    /**
     * Reads an array's header.
     *
     * @param columnName its name without the subset
     */
    static NpyArray of(ZipArchive archive, ZipEntryHeader entry, String columnName, ReadLimits limits)
            throws IOException {
        NpyHeader header;
        try (InputStream bytes = archive.open(entry)) {
            header = NpyHeader.read(bytes, entry.name());
        }
        String place = entry.name();
        NpyType type = NpyType.parse(header.type(), place, limits.rowCharacters());
        if (header.shape().isEmpty()) {
            throw new BadDataException(place + ": a single value (expected: an array whose first axis is the rows)");
        }
        List<Long> axes = header.shape().subList(1, header.shape().size());
        boolean isOneNumber = axes.isEmpty() || axes.equals(List.of(1L));
        if (type.isText() && !axes.isEmpty()) {
            throw new BadDataException(place + ": texts of shape " + header.shape() + " (expected: one axis)");
        }
        if (header.isFortranOrder() && !isOneNumber) {
            throw new BadDataException(
                    place + ": Fortran order (expected: C order, which numpy.ascontiguousarray makes)");
        }
        int largestRow = limits.rowBytes();
        long rowBytes = type.bytes();
        for (long axis : axes) {
            if (axis == 0 || axis > largestRow / rowBytes) {
                throw new BadDataException(place + ": shape " + header.shape() + " of " + type.bytes()
                        + " bytes each (expected: rows of 1 to " + largestRow + " bytes)");
            }
            rowBytes *= axis;
        }
        long rows = header.shape().getFirst();
        long content = entry.size() - header.bytes();
        if (content % rowBytes != 0 || content / rowBytes != rows) {
            throw new BadDataException(place + ": " + content + " bytes of items (expected: " + rows + " rows of "
                    + rowBytes + " bytes, as its header says)");
        }
        DatasetColumn column =
                new DatasetColumn(columnName, columnType(type, isOneNumber), shape(type, axes, isOneNumber));
        return new NpyArray(entry, type, header.bytes(), rows, (int) rowBytes, column);
    }

    private static Type columnType(NpyType type, boolean isOneNumber) {
        if (type.isText()) {
            return Type.CELL;
        }
        if (isOneNumber) {
            return Type.NUMBER;
        }
        return type.isByte() ? Type.BYTES : Type.FLOATS;
    }

    /** Bytes with two axes a row are grey images, as those of MNIST's npz are: one channel. */
    private static List<Long> shape(NpyType type, List<Long> axes, boolean isOneNumber) {
        if (isOneNumber) {
            return List.of();
        }
        return type.isByte() && axes.size() == 2 ? List.of(1L, axes.get(0), axes.get(1)) : axes;
    }

    /** Its items from the first row. */
    InputStream open(ZipArchive archive) throws IOException {
        InputStream bytes = new BufferedInputStream(archive.open(entry), BUFFER);
        bytes.skipNBytes(headerBytes);
        return bytes;
    }
}
