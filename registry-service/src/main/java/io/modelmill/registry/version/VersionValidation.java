package io.modelmill.registry.version;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.modelmill.registry.alias.Alias;
import io.modelmill.registry.alias.PostgresAliasStore;
import io.modelmill.registry.artifact.ArtifactStored;
import io.modelmill.registry.error.RegistryReason;
import io.modelmill.registry.model.Change;
import io.modelmill.registry.model.ModelChanges;
import io.modelmill.registry.serving.ModelKey;
import io.modelmill.registry.validation.ModelValidator;
import io.modelmill.registry.validation.ValidationConfig;
import io.modelmill.registry.validation.ValidationOutcome;
import io.modelmill.servicekit.error.ServiceException;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Takes versions from their upload to READY or REJECTED. What is to be done stands in the database alone: whatever dies
 * when, the next look of any replica goes on with it. Two replicas are held apart by an advisory lock for each version,
 * which the database frees when its holder dies.
 */
@ApplicationScoped
public class VersionValidation {
    private static final Logger LOG = Logger.getLogger(VersionValidation.class);
    private static final int LOOK_AT = 100;
    private static final Duration STOP = Duration.ofSeconds(10);

    private final Jdbi jdbi;
    private final ModelChanges changes;
    private final ModelValidator validator;
    private final ValidationConfig config;
    private final Tracer tracer;
    private final MeterRegistry meters;
    private final Semaphore wake = new Semaphore(0);
    private final List<Thread> workers = new ArrayList<>();

    VersionValidation(
            Jdbi jdbi,
            ModelChanges changes,
            ModelValidator validator,
            ValidationConfig config,
            Tracer tracer,
            MeterRegistry meters) {
        this.jdbi = jdbi;
        this.changes = changes;
        this.validator = validator;
        this.config = config;
        this.tracer = tracer;
        this.meters = meters;
    }

    void start(@Observes StartupEvent started) {
        for (int worker = 1; worker <= config.concurrency(); worker++) {
            workers.add(Thread.ofVirtual().name("version-validation-" + worker).start(this::work));
        }
    }

    void stop(@Observes ShutdownEvent stopping) throws InterruptedException {
        workers.forEach(Thread::interrupt);
        for (Thread worker : workers) {
            worker.join(STOP);
        }
    }

    void onStored(@Observes ArtifactStored stored) {
        wake();
    }

    /** Says that there may be something to do. */
    void wake() {
        wake.release();
    }

    private void work() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                try {
                    beginUploaded();
                    validateWaiting();
                } catch (RuntimeException failure) {
                    LOG.error("validation could not go on, trying again", failure);
                }
                if (wake.tryAcquire(config.pollInterval().toMillis(), TimeUnit.MILLISECONDS)) {
                    wake.drainPermits();
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("no more versions are validated: the service stops");
        }
    }

    private void beginUploaded() {
        for (VersionKey key : jdbi.withHandle(handle -> PostgresVersionStore.uploaded(handle, LOOK_AT))) {
            changes.change(key.model(), (transaction, revision) -> {
                // Another replica may have been faster.
                boolean waits = state(transaction, key) == VersionState.PENDING_UPLOAD;
                if (waits) {
                    PostgresVersionStore.move(
                            transaction, key, VersionState.PENDING_UPLOAD, VersionState.VALIDATING, "");
                }
                return waits ? Change.to(key) : Change.none(key);
            });
        }
    }

    private void validateWaiting() throws InterruptedException {
        for (VersionKey key : jdbi.withHandle(handle -> PostgresVersionStore.validating(handle, LOOK_AT))) {
            // The lock lives as long as its transaction, which writes nothing. Not a row lock: nobody shall wait for
            // it.
            try (Handle lock = jdbi.open()) {
                lock.begin();
                if (tryLock(lock, key) && state(lock, key) == VersionState.VALIDATING) {
                    validate(PostgresVersionStore.find(lock, key).orElseThrow());
                }
                lock.rollback();
            } catch (RuntimeException | IOException failure) {
                // One version that cannot be looked at now must not hold up the others.
                LOG.errorf(failure, "%s could not be validated, trying again", key.name());
            }
        }
    }

    private void validate(ModelVersion version) throws IOException, InterruptedException {
        VersionKey key = version.key();
        Span span = tracer.spanBuilder("validate version")
                .setParent(VersionTrace.parent(version.traceparent()))
                .setAttribute("modelmill.version", key.name())
                .startSpan();
        Timer.Sample time = Timer.start(meters);
        try (Scope ignored = span.makeCurrent()) {
            ValidationOutcome outcome = validator.validate(
                    key.model().tenant(), version.files(), version.classLabels().size());
            String result = outcome instanceof ValidationOutcome.Accepted ? "accepted" : "refused";
            time.stop(meters.timer("modelmill.validation", "outcome", result));
            try {
                finish(version, outcome);
            } catch (ServiceException refused) {
                if (refused.reason() != RegistryReason.SERVING_STATE_TOO_LARGE) {
                    throw refused;
                }
                finish(version, new ValidationOutcome.Refused(String.valueOf(refused.getMessage())));
            }
        } finally {
            span.end();
        }
    }

    private void finish(ModelVersion version, ValidationOutcome outcome) {
        VersionKey key = version.key();
        changes.change(key.model(), (transaction, revision) -> {
            switch (outcome) {
                case ValidationOutcome.Accepted accepted -> {
                    PostgresVersionStore.noteValidation(transaction, key, accepted.signature());
                    if (version.rejection().isPresent()) {
                        reject(transaction, key, version.rejection().get());
                    } else {
                        PostgresVersionStore.move(transaction, key, VersionState.VALIDATING, VersionState.READY, "");
                        takeAliases(transaction, version, revision);
                    }
                }
                case ValidationOutcome.Refused refused -> {
                    PostgresVersionStore.noteValidation(transaction, key, null);
                    reject(transaction, key, refused.reason());
                }
            }
            return Change.to(key);
        });
        LOG.infof("%s: %s", key.name(), outcome);
    }

    private static void reject(Handle transaction, VersionKey key, String reason) {
        PostgresVersionStore.move(
                transaction, key, VersionState.VALIDATING, VersionState.REJECTED, StateReason.storable(reason));
    }

    /** The first version that ever became READY takes {@code production}; others what their makers asked for. */
    private static void takeAliases(Handle transaction, ModelVersion version, long revision) {
        VersionKey key = version.key();
        if (isFirstReady(transaction, key)) {
            PostgresAliasStore.point(transaction, key.model(), Alias.PRODUCTION, key.number(), revision);
        }
        for (String alias : version.requestedAliases()) {
            PostgresAliasStore.point(transaction, key.model(), alias, key.number(), revision);
        }
    }

    private static boolean isFirstReady(Handle transaction, VersionKey key) {
        ModelKey model = key.model();
        return transaction
                .createQuery("SELECT NOT EXISTS (SELECT FROM model_version WHERE tenant = :tenant"
                        + " AND model_id = :modelId AND number <> :number"
                        + " AND state NOT IN ('PENDING_UPLOAD', 'VALIDATING', 'REJECTED')"
                        + " AND coalesce(undelete_state NOT IN ('PENDING_UPLOAD', 'REJECTED'), true))")
                .bind("tenant", model.tenant())
                .bind("modelId", model.modelId())
                .bind("number", key.number())
                .mapTo(Boolean.class)
                .one();
    }

    private static boolean tryLock(Handle transaction, VersionKey key) {
        return transaction
                .createQuery("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
                .bind("name", key.name())
                .mapTo(Boolean.class)
                .one();
    }

    private static VersionState state(Handle handle, VersionKey key) {
        return PostgresVersionStore.find(handle, key).orElseThrow().state();
    }
}
