package io.modelmill.registry.dataset;

/** Which data set: its owner and its id. */
public record DatasetKey(String tenant, String datasetId) {
    /** Resource name. */
    public String name() {
        return "tenants/" + tenant + "/datasets/" + datasetId;
    }
}
