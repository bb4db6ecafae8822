package io.modelmill.registry.search;

import io.modelmill.registry.version.VersionState;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.filter.Comparator;
import io.modelmill.servicekit.filter.Filter;
import io.modelmill.servicekit.filter.Filter.And;
import io.modelmill.servicekit.filter.Filter.Comparison;
import io.modelmill.servicekit.filter.Filter.Not;
import io.modelmill.servicekit.filter.Filter.Or;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Makes SQL of a filter. {@code v} is the version's row; every value of the caller is bound. */
final class VersionCondition {
    private static final String OF_V = "tenant = v.tenant AND model_id = v.model_id AND number = v.number";
    private static final String FIELDS = "state, model, number, task, size_bytes, create_time, update_time,"
            + " training_job, dataset_version, parent_version, class_labels, aliases, tags, tags.KEY, metrics or"
            + " metrics.NAME";
    private static final String PREFIX = "STATE_";

    private final SqlBindings bindings;

    VersionCondition(SqlBindings bindings) {
        this.bindings = bindings;
    }

    /** True for the versions that the filter lets pass. Never NULL, so that NOT means all others. */
    String of(Filter filter) {
        return switch (filter) {
            case And and when and.operands().isEmpty() -> "true";
            case And and -> joined(and.operands(), " AND ");
            case Or or -> joined(or.operands(), " OR ");
            case Not not -> "NOT " + of(not.operand());
            case Comparison comparison -> "(" + comparison(comparison) + ")";
        };
    }

    private String joined(List<Filter> operands, String word) {
        return operands.stream().map(this::of).collect(Collectors.joining(word, "(", ")"));
    }

    private String comparison(Comparison comparison) {
        String field = comparison.field();
        return switch (field) {
            case "state" -> state(comparison);
            case "model" -> text("v.model_id", comparison);
            case "task" -> text("v.task", comparison);
            case "training_job", "dataset_version", "parent_version" ->
                text("coalesce(v." + field + ", '')", comparison);
            case "number" -> "v.number " + order(comparison) + " " + number(comparison);
            case "size_bytes" -> "coalesce(v.size_bytes " + order(comparison) + " " + number(comparison) + ", false)";
            case "create_time", "update_time" -> "v." + field + " " + order(comparison) + " " + time(comparison);
            case "class_labels" -> has(comparison) + " = ANY (v.class_labels)";
            case "aliases" -> exists("model_alias", "alias_id = " + has(comparison));
            case "tags" -> exists("model_version_tag", "key = " + has(comparison));
            case "metrics" -> exists("model_version_metric", "name = " + has(comparison));
            default -> member(comparison);
        };
    }

    private String member(Comparison comparison) {
        String[] path = comparison.field().split("\\.", 2);
        boolean isTag = path[0].equals("tags");
        if (path.length < 2 || !isTag && !path[0].equals("metrics")) {
            throw Violations.of("filter", comparison.field(), "one of the fields " + FIELDS);
        }
        String name = bindings.add(path[1]);
        Comparison positive = positive(comparison);
        String value = positive.comparator() == Comparator.HAS
                ? anything(positive)
                : isTag ? text("value", positive) : "value " + order(positive) + " " + number(positive);
        String exists = isTag
                ? exists("model_version_tag", "key = " + name + " AND " + value)
                : exists("model_version_metric", "name = " + name + " AND " + value);
        return positive.equals(comparison) ? exists : "NOT " + exists;
    }

    private static String anything(Comparison comparison) {
        if (!comparison.value().equals("*")) {
            throw wrong(comparison, "* as the value of :");
        }
        return "true";
    }

    /** What is not equal is what has no equal: a version without the field, too. */
    private static Comparison positive(Comparison comparison) {
        return comparison.comparator() == Comparator.NOT_EQUAL
                ? new Comparison(comparison.field(), Comparator.EQUAL, comparison.value())
                : comparison;
    }

    private String state(Comparison comparison) {
        String name = comparison.value().startsWith(PREFIX)
                ? comparison.value().substring(PREFIX.length())
                : comparison.value();
        boolean known = Arrays.stream(VersionState.values())
                .anyMatch(state -> state.name().equals(name));
        if (!known) {
            throw wrong(comparison, "one of " + Arrays.toString(VersionState.values()));
        }
        return "v.state " + equality(comparison) + " " + bindings.add(name);
    }

    private String text(String column, Comparison comparison) {
        String value = comparison.value();
        if (value.indexOf('\0') >= 0) {
            throw wrong(comparison, "no NUL character");
        }
        boolean open = value.startsWith("*");
        boolean openEnd = value.endsWith("*") && value.length() > 1 || value.equals("*");
        if (!open && !openEnd) {
            return column + " " + equality(comparison) + " " + bindings.add(value);
        }
        String core = value.equals("*") ? "" : value.substring(open ? 1 : 0, value.length() - (openEnd ? 1 : 0));
        String pattern = (open ? "%" : "") + core.replaceAll("([\\\\%_])", "\\\\$1") + (openEnd ? "%" : "");
        return column + (equality(comparison).equals("=") ? " LIKE " : " NOT LIKE ") + bindings.add(pattern);
    }

    private String number(Comparison comparison) {
        double value;
        try {
            value = Double.parseDouble(comparison.value());
        } catch (NumberFormatException e) {
            throw wrong(comparison, "a number");
        }
        if (!Double.isFinite(value)) {
            throw wrong(comparison, "a finite number");
        }
        return bindings.add(value);
    }

    private String time(Comparison comparison) {
        try {
            return bindings.add(OffsetDateTime.parse(comparison.value()));
        } catch (DateTimeParseException e) {
            throw wrong(comparison, "a time in RFC 3339, such as \"2026-01-31T12:00:00Z\"");
        }
    }

    private String has(Comparison comparison) {
        if (comparison.comparator() != Comparator.HAS) {
            throw wrong(comparison, ": as the comparator");
        }
        if (comparison.value().indexOf('\0') >= 0) {
            throw wrong(comparison, "no NUL character");
        }
        return bindings.add(comparison.value());
    }

    private static String exists(String table, String condition) {
        return "EXISTS (SELECT FROM " + table + " WHERE " + OF_V + " AND " + condition + ")";
    }

    private static String equality(Comparison comparison) {
        return switch (comparison.comparator()) {
            case EQUAL -> "=";
            case NOT_EQUAL -> "<>";
            default -> throw wrong(comparison, "= or != as the comparator");
        };
    }

    private static String order(Comparison comparison) {
        return switch (comparison.comparator()) {
            case HAS -> throw wrong(comparison, "one of <= >= != < > = as the comparator");
            case NOT_EQUAL -> "<>";
            default -> comparison.comparator().symbol();
        };
    }

    private static ServiceException wrong(Comparison comparison, String expected) {
        return Violations.of("filter", comparison.toString(), expected);
    }
}
