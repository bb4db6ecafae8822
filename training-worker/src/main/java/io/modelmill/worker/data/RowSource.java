package io.modelmill.worker.data;

import io.modelmill.dataset.RowCursor;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A data set.
 *
 * @param open begins to read it from its first row
 * @param texts columns of a table whose cells are texts; those of all others are numbers
 */
public record RowSource(Supplier<RowCursor> open, Set<String> texts) {
    public RowSource {
        texts = Set.copyOf(texts);
    }
}
