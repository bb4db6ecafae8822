package io.modelmill.registry.search;

import io.modelmill.registry.serving.ModelKey;
import io.modelmill.registry.version.ModelVersion;
import io.modelmill.registry.version.ModelVersions;
import io.modelmill.registry.version.VersionKey;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.filter.Filter;
import io.modelmill.servicekit.paging.PageRequest;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jdbi.v3.core.Jdbi;

/**
 * Finds versions of one model or all of a tenant's. A page begins behind the sort key of the last, so that a late page costs what
 * the first does.
 */
@ApplicationScoped
public class VersionSearch {
    /** What was asked for, the last version's model and number, and its sort key. */
    private static final Pattern AFTER = Pattern.compile("([0-9a-f]{1,8}) ([a-z][a-z0-9-]*) ([0-9]{1,18}) (.*)");

    private final Jdbi jdbi;
    private final ModelVersions versions;

    VersionSearch(Jdbi jdbi, ModelVersions versions) {
        this.jdbi = jdbi;
        this.versions = versions;
    }

    /**
     * Finds versions: as many as the request's limit, for the caller to cut to a page.
     *
     * @param showDeleted whether those that are DELETED or PURGED are among them
     * @param filter AIP-160
     * @param orderBy one field, and {@code desc} for the highest first; empty is the newest first
     * @throws ServiceException INVALID_ARGUMENT if one of them cannot be read, or the page token is of another search
     */
    public Result search(Scope scope, boolean showDeleted, String filter, String orderBy, PageRequest request) {
        SqlBindings bindings = new SqlBindings();
        VersionOrder order = VersionOrder.parse(orderBy);
        String condition = new VersionCondition(bindings).of(Filter.parse(filter));
        String asked = Integer.toHexString(Objects.hash(scope, showDeleted, filter, order));
        String direction = order.descending() ? " DESC" : "";
        String table = order.table();
        String sql = "SELECT v.model_id, v.number, " + order.asText() + " AS sort_key FROM " + order.from(bindings)
                + " WHERE " + table + ".tenant = " + bindings.add(scope.tenant())
                + scope.model()
                        .map(id -> " AND v.model_id = " + bindings.add(id))
                        .orElse("")
                + (showDeleted ? "" : " AND v.state NOT IN ('DELETED', 'PURGED')")
                + " AND " + order.column() + " IS NOT NULL AND " + condition
                + after(request, asked, order, bindings)
                + " ORDER BY " + order.column() + direction + ", " + table + ".model_id" + direction + ", " + table
                + ".number" + direction + " LIMIT " + bindings.add(request.limit());
        Map<String, String> keys = new HashMap<>();
        List<VersionKey> found = new ArrayList<>();
        jdbi.useHandle(handle -> handle.createQuery(sql)
                .bindMap(bindings.values())
                .map((row, context) -> {
                    VersionKey key = new VersionKey(
                            new ModelKey(scope.tenant(), row.getString("model_id")), row.getLong("number"));
                    keys.put(
                            key.name(),
                            asked + " " + key.model().modelId() + " " + key.number() + " " + row.getString("sort_key"));
                    return found.add(key);
                })
                .list());
        return new Result(versions.getAll(scope.tenant(), found), request, keys);
    }

    private static String after(PageRequest request, String asked, VersionOrder order, SqlBindings bindings) {
        if (request.after().isEmpty()) {
            return "";
        }
        Matcher matcher = AFTER.matcher(request.after());
        if (!matcher.matches() || !matcher.group(1).equals(asked)) {
            throw Violations.of(
                    "page_token",
                    request.after(),
                    "next_page_token of an answer to the same parent, filter and order_by");
        }
        String key = order.bound(matcher.group(4), bindings, request.after());
        return " AND (" + order.column() + ", " + order.table() + ".model_id, " + order.table() + ".number) "
                + (order.descending() ? "<" : ">") + " (" + key + ", " + bindings.add(matcher.group(2)) + ", "
                + bindings.add(Long.parseLong(matcher.group(3))) + ")";
    }

    /**
     * Where to search.
     *
     * @param model empty for all models of the tenant
     */
    public record Scope(String tenant, Optional<String> model) {
        public static Scope all(String tenant) {
            return new Scope(tenant, Optional.empty());
        }

        public static Scope of(ModelKey model) {
            return new Scope(model.tenant(), Optional.of(model.modelId()));
        }
    }

    /**
     * What was found.
     *
     * @param keys by the version's name, where the next page begins if it is the last of this one
     */
    public record Result(List<ModelVersion> versions, PageRequest request, Map<String, String> keys) {
        public Result {
            versions = List.copyOf(versions);
            keys = Map.copyOf(keys);
        }

        /** Sort key of a version that was found, for {@link PageRequest#page}. */
        public String tokenAfter(String version) {
            return Objects.requireNonNull(keys.get(version), version);
        }
    }
}
