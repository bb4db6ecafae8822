package io.modelmill.fleet.client;

import io.modelmill.fleet.client.JobListener.Move;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.process.Poll;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Optional;

/** Follows a submitted job to the version that it makes, and the version to the replicas. */
public final class JobFollower {
    private static final String INFERENCE = "inference-service-1";
    private static final Duration LOAD_LIMIT = Duration.ofMinutes(1);

    private final FleetFolder folder;
    private final Phases phases;
    private final PrintWriter out;
    private final boolean terminal;

    /** @param terminal whether lines may be drawn over */
    public JobFollower(FleetFolder folder, Phases phases, PrintWriter out, boolean terminal) {
        this.folder = folder;
        this.phases = phases;
        this.out = out;
        this.terminal = terminal;
    }

    /**
     * Shows the job until it ends and answers the version that it made.
     *
     * @param limit from now on
     * @throws FleetException if it made none
     */
    public TrainedVersion follow(TrainingClient training, RegistryClient registry, String job, Duration limit) {
        JobProgress progress = new JobProgress(out, terminal);
        Move end = phases.attempt("watching the job", "training-service", () -> training.watch(job, limit, progress));
        if (!end.to().equals("SUCCEEDED")) {
            throw new FleetException(
                    "the job ended " + end.to() + ": " + end.reason() + "; see " + folder.log("training-service"));
        }
        phases.add("queue and start", progress.between("QUEUED", "RUNNING"));
        phases.add("train", progress.between("RUNNING", "FINALIZING"));
        phases.add("register and validate", progress.between("FINALIZING", "SUCCEEDED"));
        return phases.attempt("reading the version", "registry-service", () -> registry.version(end.modelVersion()));
    }

    /**
     * Waits until the version answers.
     *
     * @throws FleetException if it does not in time
     */
    public void awaitLoaded(PredictionClient predictions, String model, TrainedVersion version) {
        Optional<Boolean> loaded = phases.run(
                "load",
                INFERENCE,
                () -> Poll.until(
                        LOAD_LIMIT,
                        () -> phases.attempt(
                                        "loading",
                                        INFERENCE,
                                        () -> predictions.isReady(model, Long.toString(version.number())))
                                ? Optional.of(true)
                                : Optional.empty()));
        if (loaded.isEmpty()) {
            throw new FleetException(version.name() + " was not loaded within " + LOAD_LIMIT.toSeconds() + " s; see "
                    + folder.log(INFERENCE));
        }
    }
}
