package io.modelmill.registry.rollout;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How far one replica is with one model.
 *
 * @param appliedRevision 0 if it knows nothing of the model
 * @param updateTime when it last told a change; empty if it knows nothing of the model
 */
public record ReplicaProgress(
        String replica, long appliedRevision, List<AliasProgress> aliases, Optional<Instant> updateTime) {
    public ReplicaProgress {
        aliases = List.copyOf(aliases);
    }

    /** How far it is with a revision; one that it went on to in its place counts. */
    public Rollout.State state(long revision) {
        if (appliedRevision < revision) {
            return Rollout.State.ROLLING_OUT;
        }
        if (aliases.stream().anyMatch(alias -> alias.phase() == AliasProgress.Phase.FAILED)) {
            return Rollout.State.FAILED;
        }
        return aliases.stream().allMatch(AliasProgress::isDone) ? Rollout.State.COMPLETE : Rollout.State.ROLLING_OUT;
    }
}
