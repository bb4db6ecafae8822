package io.modelmill.registry.artifact;

import io.modelmill.servicekit.resourcename.ResourceNamePattern;
import java.util.List;

/**
 * Which file: its owner and the SHA-256 of its bytes.
 *
 * @param sha256 64 lower-case hexadecimal digits
 */
public record ArtifactKey(String tenant, String sha256) {
    private static final ResourceNamePattern NAME =
            ResourceNamePattern.of("tenants/{tenant}/artifacts/{sha256:digest}");

    static ArtifactKey parse(String name, String field) {
        List<String> values = NAME.parse(name, field);
        return new ArtifactKey(values.getFirst(), values.get(1));
    }

    /** Resource name. */
    public String name() {
        return "tenants/" + tenant + "/artifacts/" + sha256;
    }
}
