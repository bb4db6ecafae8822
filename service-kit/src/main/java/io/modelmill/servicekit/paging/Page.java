package io.modelmill.servicekit.paging;

import java.util.List;

/**
 * One page of a list.
 *
 * @param nextPageToken empty on the last page
 */
public record Page<T>(List<T> items, String nextPageToken) {
    public Page {
        items = List.copyOf(items);
    }
}
