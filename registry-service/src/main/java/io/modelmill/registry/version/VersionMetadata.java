package io.modelmill.registry.version;

import io.modelmill.registry.database.TextColumn;
import io.modelmill.servicekit.error.Violations;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What people say of a version; all of it may change.
 *
 * @param task what the version is for, such as {@code image-classification}; empty if nobody said it
 * @param tags by key
 * @param card the model card, Markdown; empty if there is none
 */
public record VersionMetadata(String task, Map<String, String> tags, String card) {
    /** Nothing was said. */
    public static final VersionMetadata NONE = new VersionMetadata("", Map.of(), "");

    /** What a task must match. */
    static final Pattern TASK = Pattern.compile("[a-z][a-z0-9-]{0,62}");

    /** What a tag's key must match. */
    static final Pattern TAG_KEY = Pattern.compile("[a-z][a-z0-9_-]{0,62}");

    private static final int MOST_TAGS = 50;
    private static final int LONGEST_TAG_VALUE = 200;
    private static final int LONGEST_CARD = 100_000;

    public VersionMetadata {
        tags = Map.copyOf(tags);
    }

    /** Notes every wrong field as {@code model_version.<field>}. */
    void check(Violations violations) {
        violations
                .check(
                        task.isEmpty() || TASK.matcher(task).matches(),
                        "model_version.task",
                        task,
                        TASK.pattern() + " or empty")
                .check(tags.size() <= MOST_TAGS, "model_version.tags", tags.size() + " tags", "at most " + MOST_TAGS);
        new TreeMap<>(tags).forEach((key, value) -> {
            violations.check(TAG_KEY.matcher(key).matches(), "model_version.tags", key, TAG_KEY.pattern());
            TextColumn.check(violations, "model_version.tags[" + key + "]", value, LONGEST_TAG_VALUE);
        });
        TextColumn.check(violations, "model_version.card", card, LONGEST_CARD);
    }
}
