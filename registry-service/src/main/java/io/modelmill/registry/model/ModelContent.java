package io.modelmill.registry.model;

import io.modelmill.registry.database.TextColumn;
import io.modelmill.registry.serving.ServingSpec;
import io.modelmill.registry.serving.Visibility;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.resourcename.ResourceNamePattern;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What an owner says about a model.
 *
 * @param sharedWith ids of tenants; empty with SHARED means all
 */
public record ModelContent(
        String displayName,
        String description,
        Visibility visibility,
        List<String> sharedWith,
        ServingSpec servingSpec) {
    private static final int LONGEST_DISPLAY_NAME = 200;
    private static final int LONGEST_DESCRIPTION = 4_000;
    private static final int MOST_TENANTS = 1_000;
    private static final int MOST_INSTANCES = 64;
    private static final int LARGEST_BATCH = 65_536;
    private static final Set<String> DEVICES = Set.of("", "cpu", "cuda");

    public ModelContent {
        sharedWith = List.copyOf(sharedWith);
    }

    /** Notes every wrong field as {@code model.<field>}. */
    void check(Violations violations) {
        TextColumn.check(violations, "model.display_name", displayName, LONGEST_DISPLAY_NAME);
        TextColumn.check(violations, "model.description", description, LONGEST_DESCRIPTION);
        violations
                .check(
                        visibility == Visibility.SHARED || sharedWith.isEmpty(),
                        "model.shared_with",
                        sharedWith.size() + " tenants",
                        "none, as the model is private")
                .check(
                        sharedWith.size() <= MOST_TENANTS,
                        "model.shared_with",
                        sharedWith.size() + " tenants",
                        "at most " + MOST_TENANTS)
                .check(
                        DEVICES.contains(servingSpec.device()),
                        "model.serving_spec.device",
                        servingSpec.device(),
                        "cpu, cuda or empty")
                .check(
                        servingSpec.instances() >= 0 && servingSpec.instances() <= MOST_INSTANCES,
                        "model.serving_spec.instances",
                        servingSpec.instances(),
                        "0 to " + MOST_INSTANCES)
                .check(
                        servingSpec.maxBatchSize() >= 0 && servingSpec.maxBatchSize() <= LARGEST_BATCH,
                        "model.serving_spec.max_batch_size",
                        servingSpec.maxBatchSize(),
                        "0 to " + LARGEST_BATCH)
                .check(
                        servingSpec.memoryHintBytes() >= 0,
                        "model.serving_spec.memory_hint_bytes",
                        servingSpec.memoryHintBytes(),
                        ">= 0");
        Set<String> seen = new HashSet<>();
        for (int index = 0; index < sharedWith.size(); index++) {
            String tenant = sharedWith.get(index);
            String field = "model.shared_with[" + index + "]";
            violations.check(tenant.matches(ResourceNamePattern.ID), field, tenant, "tenants/{tenant}");
            violations.check(seen.add(tenant), field, tenant, "each tenant once");
        }
    }
}
