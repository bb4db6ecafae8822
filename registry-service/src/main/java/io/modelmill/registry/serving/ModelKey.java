package io.modelmill.registry.serving;

/** Which model: its owner and its id. */
public record ModelKey(String tenant, String modelId) {
    /** Resource name. */
    public String name() {
        return "tenants/" + tenant + "/models/" + modelId;
    }
}
