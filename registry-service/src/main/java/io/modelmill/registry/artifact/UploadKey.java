package io.modelmill.registry.artifact;

import io.modelmill.servicekit.resourcename.ResourceNamePattern;
import java.util.List;

/** Which upload: its owner and its id. */
record UploadKey(String tenant, String uploadId) {
    private static final ResourceNamePattern NAME = ResourceNamePattern.of("tenants/{tenant}/artifactUploads/{upload}");

    static UploadKey parse(String name, String field) {
        List<String> values = NAME.parse(name, field);
        return new UploadKey(values.getFirst(), values.get(1));
    }

    /** Resource name. */
    String name() {
        return "tenants/" + tenant + "/artifactUploads/" + uploadId;
    }
}
