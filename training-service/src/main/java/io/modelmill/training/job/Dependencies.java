package io.modelmill.training.job;

import io.modelmill.servicekit.error.Violations;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * Jobs that come after others. Rows of jobs are locked in the order of their keys, and who comes after has the higher key: no
 * two transactions wait for each other.
 */
@ApplicationScoped
class Dependencies {
    private static final String FIELD = "training_job.scheduling.after";
    private static final int MOST = 32;

    private final PostgresJobs jobs;

    Dependencies(PostgresJobs jobs) {
        this.jobs = jobs;
    }

    /** Notes what is wrong with the jobs that a tenant's new job is to come after. */
    void check(List<String> after, String tenant, Violations violations) {
        violations.check(after.size() <= MOST, FIELD, after.size() + " jobs", "at most " + MOST);
        if (after.size() > MOST) {
            return;
        }
        for (int i = 0; i < after.size(); i++) {
            String name = after.get(i);
            Optional<Job> found = JobName.PATTERN
                    .match(name)
                    .filter(ids -> ids.getFirst().equals(tenant))
                    .flatMap(ids -> jobs.find(new JobName(ids.getFirst(), ids.getLast())));
            if (found.isEmpty()) {
                violations.add(FIELD + "[" + i + "]", name, "a job of tenants/" + tenant);
            } else if (found.get().state().isTerminal() && found.get().state() != JobState.SUCCEEDED) {
                violations.add(
                        FIELD + "[" + i + "]",
                        name + ": " + found.get().state(),
                        "a job that has succeeded or may yet succeed");
            }
        }
    }

    /** The jobs that a new one comes after; they keep their states until the transaction ends. */
    List<Before> lock(Handle transaction, String tenant, List<String> after) {
        if (after.isEmpty()) {
            return List.of();
        }
        return transaction
                .createQuery("SELECT job_key, job_id, state FROM training_job WHERE tenant = :tenant"
                        + " AND job_id = ANY(:jobs) ORDER BY job_key FOR SHARE")
                .bind("tenant", tenant)
                .bindArray("jobs", String.class, ids(after).toArray())
                .map((row, context) -> new Before(
                        row.getLong("job_key"),
                        new JobName(tenant, row.getString("job_id")).toString(),
                        JobState.valueOf(row.getString("state"))))
                .list();
    }

    static List<String> ids(List<String> after) {
        return after.stream()
                .map(name -> JobName.parse(name, FIELD).job())
                .distinct()
                .toList();
    }

    void insert(Handle transaction, long jobKey, List<Long> afterKeys) {
        for (long after : afterKeys) {
            transaction
                    .createUpdate("INSERT INTO job_dependency (after_key, job_key) VALUES (:after, :key)")
                    .bind("after", after)
                    .bind("key", jobKey)
                    .execute();
        }
    }

    /**
     * Lets go those that waited for a job that has succeeded.
     *
     * @return whether any of them waits for its turn now
     */
    boolean succeeded(Handle transaction, Job job) {
        List<Job> waiting = waiting(transaction, job);
        if (!waiting.isEmpty()) {
            transaction
                    .createUpdate("UPDATE training_job SET dependencies = dependencies - 1 WHERE job_key = ANY(:keys)")
                    .bindArray(
                            "keys", Long.class, waiting.stream().map(Job::key).toArray())
                    .execute();
        }
        return !waiting.isEmpty();
    }

    /** Locks all that a job's end without success ends, in the order of their keys. */
    void lockAllAfter(Handle transaction, Job job) {
        transaction
                .createQuery("SELECT job_key FROM training_job WHERE job_key IN (WITH RECURSIVE later AS"
                        + " (SELECT job_key FROM job_dependency WHERE after_key = :key UNION SELECT d.job_key"
                        + " FROM later JOIN job_dependency d ON d.after_key = later.job_key)"
                        + " SELECT job_key FROM later) ORDER BY job_key FOR UPDATE")
                .bind("key", job.key())
                .mapTo(Long.class)
                .list();
    }

    /** Those that wait for a job, locked. */
    List<Job> waiting(Handle transaction, Job job) {
        List<Job> waiting = new ArrayList<>();
        transaction
                .createQuery("SELECT " + JobRows.JOB_COLUMNS + " FROM training_job WHERE job_key IN"
                        + " (SELECT job_key FROM job_dependency WHERE after_key = :key)"
                        + " ORDER BY job_key FOR UPDATE")
                .bind("key", job.key())
                .map((row, context) -> JobRows.job(row))
                .forEach(waiting::add);
        waiting.removeIf(one -> one.state().isTerminal());
        return waiting;
    }

    /** A job that another comes after. */
    record Before(long key, String name, JobState state) {}
}
