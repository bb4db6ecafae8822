package io.modelmill.dataset;

import java.io.Closeable;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * Reads a data set once, row after row, with memory that does not grow with it. It stands before the first row at first. All
 * methods throw {@link BadDataException} where the files are not right, and {@link java.io.UncheckedIOException} where they
 * cannot be read.
 */
public interface RowCursor extends Closeable {
    /** The columns; known from the start. */
    List<DatasetColumn> columns();

    /** Goes to the next row, and answers whether there was one. */
    boolean next();

    /** What the files mean the row for; empty if they do not tell. */
    Optional<Subset> subset();

    /** The row's text in a column of cells, or its number as text; empty where it is missing. */
    String text(int column);

    /**
     * The row's finite number in a column of cells or numbers.
     *
     * @return NaN where the cell is empty
     * @throws BadDataException naming the place where it is no number
     */
    double number(int column);

    /**
     * Copies the row's tensor.
     *
     * @param target takes {@link DatasetColumn#size()} bytes, or as many 32-bit floats in the machine's order
     */
    void tensor(int column, MemorySegment target);

    /** Where the row stands, such as {@code line 7} or {@code train/cat/1.png}, for messages. */
    String place();
}
