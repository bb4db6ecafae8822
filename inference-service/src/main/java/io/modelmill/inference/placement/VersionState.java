package io.modelmill.inference.placement;

import io.modelmill.inference.model.Withdrawal;
import io.modelmill.inference.statistics.VersionTotals;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How far a version is on this replica, for those who look.
 *
 * @param number of the version
 * @param reason why its files, as they are now, do not answer, in words that a caller may see; empty if they do. Those of
 *     before may answer until then.
 * @param totals what was measured of it; empty if it does not answer
 */
public record VersionState(long number, Phase phase, String reason, Optional<VersionTotals> totals) {
    /** Names as the protocol's RepositoryIndex has them. */
    public enum Phase {
        /** Answers. */
        READY,
        /** Is being loaded. */
        LOADING,
        /** Does not answer. */
        UNAVAILABLE
    }

    static VersionState of(long number, Withdrawal withdrawal) {
        return new VersionState(number, Phase.UNAVAILABLE, withdrawal.reason(), Optional.empty());
    }

    /** @param slot null if the version has not been asked for */
    static VersionState of(long number, @Nullable Slot slot) {
        if (slot == null) {
            return new VersionState(number, Phase.UNAVAILABLE, "not loaded before it is called", Optional.empty());
        }
        Optional<VersionTotals> totals =
                slot.answering().map(loaded -> loaded.statistics().totals());
        return switch (slot) {
            case Slot.Loaded _ -> new VersionState(number, Phase.READY, "", totals);
            case Slot.Loading _ ->
                new VersionState(
                        number, totals.isPresent() ? Phase.READY : Phase.LOADING, "its files are being loaded", totals);
            case Slot.Failed failed ->
                new VersionState(
                        number,
                        totals.isPresent() ? Phase.READY : Phase.UNAVAILABLE,
                        "its files could not be loaded: " + failed.reason(),
                        totals);
        };
    }
}
