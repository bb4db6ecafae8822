package io.modelmill.registry.search;

import io.modelmill.servicekit.error.Violations;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How versions are sorted.
 *
 * @param field create_time, update_time, size_bytes, model or metrics.NAME
 */
record VersionOrder(String field, boolean descending) {
    private static final String METRICS = "metrics.";
    private static final Pattern SHAPE =
            Pattern.compile("(create_time|update_time|size_bytes|model|metrics\\.[a-z][a-z0-9_]{0,62})( asc| desc)?");

    /**
     * Reads an {@code order_by}; empty is the newest first.
     *
     * @throws io.modelmill.servicekit.error.ServiceException INVALID_ARGUMENT for anything else
     */
    static VersionOrder parse(String orderBy) {
        if (orderBy.isBlank()) {
            return new VersionOrder("create_time", true);
        }
        Matcher matcher = SHAPE.matcher(orderBy.strip().replaceAll("\\s+", " "));
        if (!matcher.matches()) {
            throw Violations.of(
                    "order_by",
                    orderBy,
                    "one of create_time, update_time, size_bytes, model and metrics.NAME, with \" desc\" for the highest first");
        }
        return new VersionOrder(matcher.group(1), " desc".equals(matcher.group(2)));
    }

    /** What the sort key is read from. */
    String from(SqlBindings bindings) {
        return isMetric()
                ? "model_version v JOIN model_version_metric o ON o.tenant = v.tenant AND o.model_id = v.model_id"
                        + " AND o.number = v.number AND o.name = " + bindings.add(field.substring(METRICS.length()))
                : "model_version v";
    }

    /** The column to sort by. */
    String column() {
        return switch (field) {
            case "model" -> "v.model_id";
            case "create_time", "update_time", "size_bytes" -> "v." + field;
            default -> "o.value";
        };
    }

    /** The rows that the sort key is of: with the tenant's id and the model's they are in the order of an index. */
    String table() {
        return isMetric() ? "o" : "v";
    }

    /** The sort key as text; {@link #bound} makes the key of it again. */
    String asText() {
        return field.endsWith("_time")
                ? "CAST(CAST(extract(epoch FROM " + column() + ") * 1000000 AS bigint) AS text)"
                : "CAST(" + column() + " AS text)";
    }

    /** The sort key of a page's last version, bound. Throws INVALID_ARGUMENT if no page ended with it. */
    String bound(String key, SqlBindings bindings, String pageToken) {
        try {
            return switch (field) {
                case "model" -> bindings.add(key);
                case "size_bytes" -> bindings.add(Long.parseLong(key));
                case "create_time", "update_time" ->
                    "timestamptz 'epoch' + " + bindings.add(Long.parseLong(key)) + " * interval '1 microsecond'";
                default -> bindings.add(Double.parseDouble(key));
            };
        } catch (NumberFormatException e) {
            throw Violations.of("page_token", pageToken, "next_page_token of an earlier answer");
        }
    }

    private boolean isMetric() {
        return field.startsWith(METRICS);
    }
}
