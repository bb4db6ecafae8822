package io.modelmill.registry.database;

import io.modelmill.servicekit.paging.PageRequest;
import java.util.List;
import java.util.function.ToLongFunction;

/** Keeps pages of large items within what a gRPC client takes by default (4 MiB a message). */
public final class PageBytes {
    private static final long MOST = 3 << 20;

    private PageBytes() {}

    /** The same request with a size at which the page's items fit; at least one item. */
    public static <T> PageRequest cut(PageRequest request, List<T> read, ToLongFunction<T> bytes) {
        long sum = 0;
        int fitting = 0;
        for (T item : read) {
            sum += bytes.applyAsLong(item);
            if (fitting > 0 && sum > MOST) {
                break;
            }
            fitting++;
        }
        return new PageRequest(Math.max(1, Math.min(request.size(), fitting)), request.after());
    }
}
