package io.modelmill.benchmarks.servers;

import io.grpc.StatusException;
import io.modelmill.fleet.client.GatewayConnection;
import io.modelmill.fleet.client.RegistryClient;
import io.modelmill.fleet.client.TenantClient;

/**
 * A tenant with a model and rows of the exclusive or, who can submit the smallest job that trains.
 *
 * @param credential one of the tenant's API keys
 * @param model name of the model
 * @param datasetVersion name of the rows
 */
public record XorTenant(String id, String credential, String model, String datasetVersion) {
    /** A TrainingSpec as JSON, without model and data set. */
    public static final String SPEC = """
            {"data": {"labelColumn": "xor", "split": {"type": "none"}},
             "network": {"layers": [{"type": "dense", "units": 4, "activation": "tanh"}, {"type": "dense", "units": 1}]},
             "loss": {"type": "binary_cross_entropy"}, "optimizer": {"type": "adam", "learningRate": 0.05},
             "epochs": 24, "batchSize": 4, "maxDuration": "1800s"}
            """;

    /**
     * Makes the tenant.
     *
     * @param admin the administrator's credential
     * @param rows as CSV
     */
    public static XorTenant create(GatewayConnection gateway, String admin, String id, byte[] rows)
            throws StatusException {
        TenantClient administrator = new TenantClient(gateway.with(admin));
        administrator.create(id, "A tenant of a benchmark");
        String credential = administrator.createKey(id, "Key of a benchmark");
        RegistryClient registry = new RegistryClient(gateway.with(credential), id);
        String model = registry.createModel("xor", "");
        registry.createDataset("xor", "");
        return new XorTenant(id, credential, model, registry.datasetVersion("xor", registry.upload(rows)));
    }
}
