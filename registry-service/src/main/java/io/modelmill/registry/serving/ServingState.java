package io.modelmill.registry.serving;

import java.util.List;
import java.util.SequencedMap;

/**
 * All that a replica must know to serve one model.
 *
 * @param sharedWith ids of tenants; empty with SHARED means all
 * @param versions the READY ones, by number
 * @param quarantined what aliases may still point at, by number
 * @param revoked what aliases may still point at, too, by number
 * @param aliases version number by alias id, by id
 */
public record ServingState(
        ModelKey model,
        long revision,
        Visibility visibility,
        List<String> sharedWith,
        ServingSpec servingSpec,
        List<ServingVersion> versions,
        List<QuarantinedVersion> quarantined,
        List<RevokedVersion> revoked,
        SequencedMap<String, Long> aliases) {
    public ServingState {
        sharedWith = List.copyOf(sharedWith);
        versions = List.copyOf(versions);
        quarantined = List.copyOf(quarantined);
        revoked = List.copyOf(revoked);
    }
}
