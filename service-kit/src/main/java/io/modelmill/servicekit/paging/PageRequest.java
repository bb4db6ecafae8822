package io.modelmill.servicekit.paging;

import io.modelmill.servicekit.error.Violations;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;

/**
 * Which page of a list is wanted.
 *
 * @param size most items of the page, 1 to 1,000
 * @param after sort key of the last item of the page before; empty for the first page
 */
public record PageRequest(int size, String after) {
    private static final int DEFAULT_SIZE = 50;
    private static final int LARGEST_SIZE = 1_000;

    /**
     * Reads {@code page_size} and {@code page_token} of a request.
     *
     * @throws io.modelmill.servicekit.error.ServiceException INVALID_ARGUMENT if the size is negative or the token is not
     *     one that {@link #page} made
     */
    public static PageRequest of(int pageSize, String pageToken) {
        Violations violations = new Violations().check(pageSize >= 0, "page_size", pageSize, ">= 0");
        String after = "";
        try {
            after = new String(Base64.getUrlDecoder().decode(pageToken), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            violations.add("page_token", pageToken, "next_page_token of an earlier answer");
        }
        violations.throwIfAny();
        return new PageRequest(pageSize == 0 ? DEFAULT_SIZE : Math.min(pageSize, LARGEST_SIZE), after);
    }

    /** How many items to read: one more than the page holds, to know whether another page follows. */
    public int limit() {
        return size + 1;
    }

    /** Cuts what was read with {@link #limit} to the page, and makes the token of the next. */
    public <T> Page<T> page(List<T> read, Function<T, String> sortKey) {
        if (read.size() <= size) {
            return new Page<>(read, "");
        }
        List<T> items = read.subList(0, size);
        String key = sortKey.apply(items.getLast());
        return new Page<>(
                items, Base64.getUrlEncoder().withoutPadding().encodeToString(key.getBytes(StandardCharsets.UTF_8)));
    }
}
