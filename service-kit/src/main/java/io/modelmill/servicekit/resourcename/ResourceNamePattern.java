package io.modelmill.servicekit.resourcename;

import io.modelmill.servicekit.error.Violations;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The shape of a resource name, such as {@code tenants/{tenant}/models/{model}}. Ids match
 * {@code [a-z][a-z0-9-]{0,62}}; a variable written {@code {version:number}} is an integer from 1 and one written
 * {@code {sha256:digest}} is 64 lower-case hexadecimal digits.
 */
public final class ResourceNamePattern {
    /** What an id must match. */
    public static final String ID = "[a-z][a-z0-9-]{0,62}";

    private static final Pattern ID_PATTERN = Pattern.compile(ID);
    private static final Pattern VARIABLE = Pattern.compile("\\{([a-z0-9_]+)(?::([a-z]+))?}");

    private final String shape;
    private final Pattern pattern;

    private ResourceNamePattern(String shape, Pattern pattern) {
        this.shape = shape;
        this.pattern = pattern;
    }

    /** Compiles a shape. */
    public static ResourceNamePattern of(String shape) {
        StringBuilder regex = new StringBuilder();
        Matcher variable = VARIABLE.matcher(shape);
        int end = 0;
        while (variable.find()) {
            regex.append(Pattern.quote(shape.substring(end, variable.start())))
                    .append('(')
                    .append(regexOf(variable.group(2) == null ? "id" : variable.group(2)))
                    .append(')');
            end = variable.end();
        }
        regex.append(Pattern.quote(shape.substring(end)));
        return new ResourceNamePattern(shape.replaceAll(":[a-z]+}", "}"), Pattern.compile(regex.toString()));
    }

    private static String regexOf(String kind) {
        return switch (kind) {
            case "id" -> ID;
            case "number" -> "[1-9][0-9]{0,17}";
            case "digest" -> "[0-9a-f]{64}";
            default -> throw new IllegalArgumentException("kind: \"" + kind + "\" (expected: id, number or digest)");
        };
    }

    /**
     * The values of the variables in order.
     *
     * @param field where the name came from, for the error
     * @throws io.modelmill.servicekit.error.ServiceException INVALID_ARGUMENT if the name has another shape
     */
    public List<String> parse(String name, String field) {
        return match(name).orElseThrow(() -> Violations.of(field, name, shape));
    }

    /** The values of the variables in order, or empty if the name has another shape. */
    public Optional<List<String>> match(String name) {
        Matcher matcher = pattern.matcher(name);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        List<String> values = new ArrayList<>();
        for (int group = 1; group <= matcher.groupCount(); group++) {
            values.add(matcher.group(group));
        }
        return Optional.of(List.copyOf(values));
    }

    /** Answers the id, or throws INVALID_ARGUMENT if it is none. */
    public static String requireId(String id, String field) {
        if (!ID_PATTERN.matcher(id).matches()) {
            throw Violations.of(field, id, ID);
        }
        return id;
    }

    @Override
    public String toString() {
        return shape;
    }
}
