package io.modelmill.training.schedule;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.training.job.Happening;
import io.modelmill.training.job.Job;
import io.modelmill.training.job.JobLife;
import io.modelmill.training.job.PostgresJobs;
import io.modelmill.training.job.TrainedModel;
import io.modelmill.training.registry.NewVersion;
import io.modelmill.training.registry.RegistryClient;
import io.modelmill.training.registry.VersionStatus;
import io.modelmill.training.trace.JobTraces;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Makes the versions of trained jobs. Each step may be done twice or by another replica after a crash: the registry knows
 * the request and the job, and answers with the same version.
 */
final class Finalizer {
    private static final Logger LOG = Logger.getLogger(Finalizer.class);
    /** No other replica takes the job meanwhile; longer than the calls of one step last. */
    private static final Duration STEP = Duration.ofSeconds(60);

    private final JobLife life;
    private final PostgresJobs jobs;
    private final RegistryClient registry;
    private final ScheduleConfig config;
    private final JobTraces traces;

    Finalizer(JobLife life, PostgresJobs jobs, RegistryClient registry, ScheduleConfig config, JobTraces traces) {
        this.life = life;
        this.jobs = jobs;
        this.registry = registry;
        this.config = config;
        this.traces = traces;
    }

    /** Does one step for each job whose time has come. */
    void finalizeDue() {
        for (Optional<Job> due = jobs.takeFinalizing(STEP); due.isPresent(); due = jobs.takeFinalizing(STEP)) {
            Job job = due.get();
            Duration wait = traces.span("finalize job", job.name().toString(), job.traceparent(), () -> step(job));
            if (wait.isPositive()) {
                jobs.finalizeAgain(job.key(), wait);
            }
        }
    }

    /** Answers how long to wait before the next step; zero if there is none. */
    private Duration step(Job job) {
        VersionStatus status;
        try {
            status = job.modelVersion().map(registry::version).orElseGet(() -> registry.create(newVersion(job)));
        } catch (ServiceException away) {
            LOG.warnf(
                    "%s: its version is tried again in %s: %s", job.name(), config.registryRetry(), away.getMessage());
            return config.registryRetry();
        }
        return switch (status) {
            case VersionStatus.Ready(String version) -> {
                life.happen(
                        job.name(),
                        new Happening.VersionReady(version, trained(job).metrics()));
                yield Duration.ZERO;
            }
            case VersionStatus.Rejected(String version, String reason) -> {
                TrainedModel trained = trained(job);
                String why = trained.rejected().orElse(reason);
                life.happen(job.name(), new Happening.VersionRejected(why, version, trained.metrics()));
                yield Duration.ZERO;
            }
            case VersionStatus.Refused(String reason) -> {
                life.happen(job.name(), new Happening.VersionRefused(reason));
                yield Duration.ZERO;
            }
            case VersionStatus.Pending pending -> await(job, pending);
        };
    }

    private Duration await(Job job, VersionStatus.Pending pending) {
        if (pending.filesMissing()
                && pending.createTime().plus(config.uploadTimeout()).isBefore(Instant.now())) {
            life.happen(
                    job.name(),
                    new Happening.VersionRefused("files that the worker reported are not uploaded: " + pending.name()));
            return Duration.ZERO;
        }
        if (job.modelVersion().isEmpty()) {
            jobs.versionMade(job.key(), pending.name());
        }
        return config.validationInterval();
    }

    private static NewVersion newVersion(Job job) {
        TrainedModel trained = trained(job);
        return new NewVersion(
                job.spec().model(),
                job.name().toString(),
                job.spec().datasetVersion(),
                job.spec().sourceVersion(),
                trained.files().stream()
                        .map(file -> new NewVersion.File(file.path(), file.kind(), file.sha256(), file.sizeBytes()))
                        .toList(),
                trained.classLabels(),
                trained.metrics(),
                job.spec().aliases(),
                trained.rejected(),
                requestId(job));
    }

    private static TrainedModel trained(Job job) {
        return job.trained()
                .orElseThrow(() -> new IllegalStateException(job.name() + " is FINALIZING without a trained model"));
    }

    /** The same for each try; a name may be longer than the 64 characters of a request id. */
    private static String requestId(Job job) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(job.name().toString().getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK has no SHA-256", e);
        }
    }
}
