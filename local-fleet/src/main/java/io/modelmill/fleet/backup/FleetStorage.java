package io.modelmill.fleet.backup;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where a fleet keeps what cannot be made again.
 *
 * @param training database of training-service, which names what the registry has
 * @param registry database of registry-service
 * @param gateway database of the gateway, whose tenants both others name
 * @param artifacts folder of the registry's files
 * @param pepper file with what the gateway mixes into the digests of API keys; a restore makes it. Empty where it is kept elsewhere
 */
public record FleetStorage(
        DatabaseAddress training,
        DatabaseAddress registry,
        DatabaseAddress gateway,
        Path artifacts,
        Optional<Path> pepper) {
    /** Name of the gateway's database in a backup. */
    static final String GATEWAY = "gateway";
    /** Name of the registry's database in a backup. */
    static final String REGISTRY = "registry";
    /** Name of training-service's database in a backup. */
    static final String TRAINING = "training";

    /**
     * The databases in the order of their snapshots: who names a thing of another comes before the other. What a job names is made
     * before the job names it, and so is in the registry's later snapshot.
     */
    List<DatabaseAddress> inOrder() {
        return List.of(training, registry, gateway);
    }
}
