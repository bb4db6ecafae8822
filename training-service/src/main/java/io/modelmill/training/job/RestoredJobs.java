package io.modelmill.training.job;

import io.modelmill.servicekit.restore.RestoredDatabase;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.interceptor.Interceptor;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jdbi.v3.core.Jdbi;

/**
 * After a restore the gateway's database may be of another moment than this one, and the topic may be empty: the end of every
 * attempt is told again, for that is what others sum up. Who has counted it knows its sequence. The jobs themselves need nothing: a
 * worker that is gone lets its lease expire, and a version that the registry has already is found by its job.
 */
@ApplicationScoped
class RestoredJobs {
    private static final int PAGE = 500;

    private final Jdbi jdbi;
    private final JobSignals signals;
    private final RestoredDatabase restored;

    RestoredJobs(Jdbi jdbi, JobSignals signals) {
        this.jdbi = jdbi;
        this.signals = signals;
        this.restored = new RestoredDatabase(jdbi, transaction -> {}, this::retell);
    }

    void start(@Observes @Priority(Interceptor.Priority.LIBRARY_BEFORE) StartupEvent started) {
        restored.start();
    }

    void stop(@Observes ShutdownEvent stopping) {
        restored.close();
    }

    private boolean retell(BooleanSupplier stopping) {
        List<Told> page = List.of();
        do {
            if (stopping.getAsBoolean()) {
                return false;
            }
            page = retell(page);
            signals.told();
        } while (!page.isEmpty());
        return true;
    }

    /** Tells the next ends of attempts after those that were told before. */
    private List<Told> retell(List<Told> before) {
        return jdbi.inTransaction(transaction -> {
            List<Told> page = transaction
                    .createQuery("SELECT e.*, j.tenant, j.job_id FROM job_event e JOIN training_job j USING (job_key)"
                            + " WHERE e.training_millis IS NOT NULL AND (e.job_key, e.sequence) > (:job, :sequence)"
                            + " ORDER BY e.job_key, e.sequence LIMIT :limit")
                    .bind("job", before.isEmpty() ? 0 : before.getLast().key())
                    .bind(
                            "sequence",
                            before.isEmpty() ? 0 : before.getLast().event().sequence())
                    .bind("limit", PAGE)
                    .map((row, context) -> new Told(
                            row.getLong("job_key"),
                            new JobName(row.getString("tenant"), row.getString("job_id")),
                            JobRows.event(row)))
                    .list();
            page.forEach(told -> TrainingEvents.append(transaction, told.job(), told.event()));
            return page;
        });
    }

    /** An event of a job. */
    private record Told(long key, JobName job, JobEvent event) {}
}
