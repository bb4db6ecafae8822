package io.modelmill.inference.model;

import io.modelmill.servicekit.resourcename.ResourceNamePattern;
import java.util.Optional;

/** A model of a tenant, by their ids. */
public record ModelKey(String tenant, String model) implements Comparable<ModelKey> {
    private static final ResourceNamePattern NAME = ResourceNamePattern.of("tenants/{tenant}/models/{model}");

    /** Reads {@code tenants/{tenant}/models/{model}}; empty if the name has another shape. */
    public static Optional<ModelKey> parse(String resourceName) {
        return NAME.match(resourceName).map(ids -> new ModelKey(ids.getFirst(), ids.getLast()));
    }

    /** {@code tenants/{tenant}/models/{model}}. */
    public String resourceName() {
        return "tenants/" + tenant + "/models/" + model;
    }

    /** {@code tenants/{tenant}/models/{model}/versions/{version}}. */
    public String versionName(Object version) {
        return resourceName() + "/versions/" + version;
    }

    /** {@code tenant.model}, as other tenants call it. */
    public String qualifiedName() {
        return tenant + "." + model;
    }

    @Override
    public int compareTo(ModelKey other) {
        return resourceName().compareTo(other.resourceName());
    }
}
