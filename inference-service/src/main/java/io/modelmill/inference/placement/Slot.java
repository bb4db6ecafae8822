package io.modelmill.inference.placement;

import io.modelmill.inference.model.InferenceReason;
import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedVersion;
import io.modelmill.servicekit.error.ServiceException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** How far a version is on this replica; a version without one has not been asked for. */
sealed interface Slot {
    /** As it is wanted. */
    ServedVersion version();

    /** What answers for the version now: itself, or the one that it shall replace. */
    Optional<LoadedVersion> answering();

    /**
     * Being loaded.
     *
     * @param answering what answers until then
     * @param failures of earlier loads in a row
     * @param again whether it counted as ready before, because a call would load it
     * @param done completes when it is loaded, or with the {@link ServiceException} that callers get
     * @param waiting calls that wait for it
     */
    record Loading(
            ServedVersion version,
            Optional<LoadedVersion> answering,
            int failures,
            boolean again,
            CompletableFuture<Void> done,
            AtomicInteger waiting)
            implements Slot {
        Loading(ServedVersion version, Optional<LoadedVersion> answering, int failures, boolean again) {
            this(version, answering, failures, again, new CompletableFuture<>(), new AtomicInteger());
        }
    }

    /** Answers. */
    record Loaded(ServedVersion version, LoadedVersion loaded) implements Slot {
        @Override
        public Optional<LoadedVersion> answering() {
            return Optional.of(loaded);
        }
    }

    /**
     * Could not be loaded.
     *
     * @param answering what it should have replaced
     * @param kind what callers are told
     * @param reason that a caller may see
     * @param failures in a row, this one counted
     * @param retryAt when it is tried again at the earliest
     */
    record Failed(
            ServedVersion version,
            Optional<LoadedVersion> answering,
            InferenceReason kind,
            String reason,
            int failures,
            Instant retryAt)
            implements Slot {
        ServiceException exception(ModelKey key) {
            Duration wait = Duration.between(Instant.now(), retryAt);
            return new ServiceException(
                    kind,
                    key.versionName(version.number()) + " could not be loaded: " + reason,
                    List.of(),
                    Optional.of(wait.isNegative() ? Duration.ZERO : wait));
        }
    }
}
