package io.modelmill.registry.database;

import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.paging.PageRequest;
import io.modelmill.servicekit.resourcename.ResourceNamePattern;

/** Reads page requests whose sort key is an id or a number; other tokens are none that this service made. */
public final class PageTokens {
    private PageTokens() {}

    /** The request for a list that is sorted by id. */
    public static PageRequest byId(int pageSize, String token) {
        PageRequest request = PageRequest.of(pageSize, token);
        if (!request.after().isEmpty() && !request.after().matches(ResourceNamePattern.ID)) {
            throw foreign(token);
        }
        return request;
    }

    /** The request for a list that is sorted by number, highest first. */
    public static PageRequest byNumber(int pageSize, String token) {
        PageRequest request = PageRequest.of(pageSize, token);
        if (!request.after().isEmpty() && !request.after().matches("[1-9][0-9]{0,17}")) {
            throw foreign(token);
        }
        return request;
    }

    /** Only items below this number; for a request of {@link #byNumber}. */
    public static long below(PageRequest request) {
        return request.after().isEmpty() ? Long.MAX_VALUE : Long.parseLong(request.after());
    }

    private static ServiceException foreign(String token) {
        return Violations.of("page_token", token, "next_page_token of an earlier answer");
    }
}
