package io.modelmill.training.queue;

import io.modelmill.training.quota.PostgresQuotas;
import io.modelmill.training.quota.Quota;
import io.modelmill.training.quota.Usage;
import io.modelmill.training.resource.ResourceClasses;
import io.modelmill.training.resource.Resources;
import io.modelmill.training.resource.Room;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.Query;

/**
 * The queue as PostgreSQL keeps it. What a pass costs hangs on the jobs that run and not on those that wait: tenants who hold
 * nothing are read a few at a time in the order of their turns, and of each tenant its first jobs alone.
 */
@ApplicationScoped
public class PostgresQueue {
    /** Tenants of whom a smaller job is looked for once there is a job in turn that does not fit. */
    private static final int BACKFILL = 64;

    /** Tenants that are read at a time. */
    private static final int CHUNK = 16;

    /** Of each tenant so many are read: all but the last may be too large for now. */
    private static final int WINDOW = 8;

    private static final String JOBS = "SELECT t.tenant, j.* FROM unnest(:tenants, :cores, :gpus)"
            + " AS t (tenant, cores, gpus), LATERAL (SELECT job_key, cores, memory_bytes, gpus, priority, turn_time"
            + " FROM training_job WHERE state = 'QUEUED' AND dependencies = 0 AND tenant = t.tenant"
            + " AND (deadline IS NULL OR deadline > clock_timestamp())"
            + " AND cores <= t.cores AND gpus <= t.gpus AND memory_bytes <= :memory AND job_key <> ALL(:passed)"
            + " ORDER BY priority DESC, job_key LIMIT " + WINDOW + ") j";

    private final Jdbi jdbi;
    private final PostgresQuotas quotas;
    private final QueueConfig config;
    private final Resources smallest;

    PostgresQueue(Jdbi jdbi, PostgresQuotas quotas, QueueConfig config, ResourceClasses classes) {
        this.jdbi = jdbi;
        this.quotas = quotas;
        this.config = config;
        this.smallest = classes.smallest();
    }

    /** Notes that a tenant has a job that waits. Part of the transaction that makes the job wait. */
    public void join(Handle transaction, String tenant) {
        while (!share(transaction, tenant)) {
            int inserted = transaction
                    .createUpdate("INSERT INTO queue_tenant (tenant) VALUES (:tenant) ON CONFLICT DO NOTHING")
                    .bind("tenant", tenant)
                    .execute();
            if (inserted == 1) {
                return;
            }
        }
    }

    private static boolean share(Handle transaction, String tenant) {
        return transaction
                .createQuery("SELECT 1 FROM queue_tenant WHERE tenant = :tenant FOR KEY SHARE")
                .bind("tenant", tenant)
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
    }

    /**
     * The job that a runner starts next, if one waits that it has room for, or else who might make room for it.
     *
     * @param passed jobs that are not looked at
     */
    public Next next(String runner, Room room, Set<Long> passed) {
        return jdbi.withHandle(handle -> {
            Look look = new Look(handle, room, passed, quotas.held(handle));
            Pass pass = new Pass(room, reservation(look, runner));
            Optional<Turn> turn = pass.reserved().or(() -> offer(look, pass));
            pass.turnCame().ifPresent(key -> noteTurn(handle, key));
            // Not at the first look: what ends meanwhile need not be preempted.
            Optional<Pass.InTurn> waits = pass.inTurn()
                    .filter(found -> turn.isEmpty() && config.maxPreemptions() > 0)
                    .filter(found -> found.job().turnTime().isPresent());
            List<Victim> victims =
                    waits.map(found -> victims(look, runner, found)).orElse(List.of());
            if (!victims.isEmpty()) {
                keepPlace(handle, waits.orElseThrow().job().key());
            }
            return new Next(turn, victims);
        });
    }

    private List<Victim> victims(Look look, String runner, Pass.InTurn waits) {
        List<Victim> running = look.handle()
                .createQuery(
                        "SELECT a.job_key, a.number, a.tenant, j.priority, a.cores, a.memory_bytes, a.gpus,"
                                + " a.start_time, a.yield_time IS NOT NULL AS yielding, j.state = 'RUNNING'"
                                + " AND j.preemption_count < :most AND a.start_time <= clock_timestamp() - :run"
                                + " * interval '1 millisecond' AS may_yield FROM job_attempt a"
                                + " JOIN training_job j ON j.job_key = a.job_key WHERE a.end_time IS NULL AND a.runner = :runner")
                .bind("most", config.maxPreemptions())
                .bind("run", config.minRun().toMillis())
                .bind("runner", runner)
                .map((row, context) -> new Victim(
                        row.getLong("job_key"),
                        row.getInt("number"),
                        row.getString("tenant"),
                        row.getInt("priority"),
                        resources(row),
                        row.getTimestamp("start_time").toInstant(),
                        row.getBoolean("yielding"),
                        row.getBoolean("may_yield")))
                .list();
        Map<String, Quota> granted = quotas.quotas(look.handle(), look.held().keySet());
        Map<String, Preemption.Standing> standings = new HashMap<>();
        look.held()
                .forEach((tenant, usage) -> standings.put(
                        tenant, Preemption.Standing.of(usage, granted.getOrDefault(tenant, Quota.UNBOUNDED))));
        return new Preemption(look.room(), standings, running).victimsFor(waits.queue(), waits.job());
    }

    private Optional<Turn> offer(Look look, Pass pass) {
        long after = Long.MIN_VALUE;
        int looked = 0;
        List<TenantQueue> chunk;
        do {
            chunk = idle(look, after);
            looked += chunk.size();
            for (TenantQueue queue : chunk) {
                after = queue.turn();
                if (queue.jobs().isEmpty()) {
                    leave(queue.tenant());
                }
                Optional<Turn> turn = pass.offer(queue);
                if (turn.isPresent()) {
                    return turn;
                }
            }
            if (pass.mayEnd() && (looked >= BACKFILL || !look.room().holds(smallest))) {
                return Optional.empty();
            }
        } while (chunk.size() == CHUNK);
        return these(look, look.held().keySet()).stream()
                .sorted(Comparator.comparingDouble(
                                (TenantQueue queue) -> queue.share(look.room().capacity()))
                        .thenComparingLong(TenantQueue::turn))
                .flatMap(queue -> pass.offer(queue).stream())
                .findFirst();
    }

    private List<TenantQueue> idle(Look look, long after) {
        return queues(
                look,
                look.handle()
                        .createQuery("SELECT tenant, turn FROM queue_tenant WHERE turn > :after"
                                + " AND tenant <> ALL(:busy) ORDER BY turn LIMIT " + CHUNK)
                        .bind("after", after)
                        .bindArray("busy", String.class, look.held().keySet().toArray()));
    }

    private List<TenantQueue> these(Look look, Collection<String> tenants) {
        return queues(
                look,
                look.handle()
                        .createQuery("SELECT tenant, turn FROM queue_tenant WHERE tenant = ANY(:tenants)")
                        .bindArray("tenants", String.class, tenants.toArray()));
    }

    private List<TenantQueue> queues(Look look, Query tenants) {
        Map<String, Long> turns = new LinkedHashMap<>();
        tenants.map((row, context) -> turns.put(row.getString("tenant"), row.getLong("turn")))
                .list();
        if (turns.isEmpty()) {
            return List.of();
        }
        Map<String, Quota> granted = quotas.quotas(look.handle(), turns.keySet());
        List<TenantQueue> queues = new ArrayList<>();
        turns.forEach((tenant, turn) -> {
            Quota quota = granted.getOrDefault(tenant, Quota.UNBOUNDED);
            Usage usage = look.held().getOrDefault(tenant, Usage.NONE);
            if (quota.maxGpuHours().isPresent()) {
                usage = usage.withGpuHours(quotas.gpuHours(look.handle(), tenant));
            }
            queues.add(new TenantQueue(tenant, turn, quota, usage, List.of()));
        });
        return withJobs(look, queues);
    }

    private static List<TenantQueue> withJobs(Look look, List<TenantQueue> queues) {
        Resources capacity = look.room().capacity();
        List<Resources> most = queues.stream()
                .map(queue -> queue.quota().largestWorker(queue.usage(), capacity))
                .toList();
        Map<String, List<WaitingJob>> jobs = new LinkedHashMap<>();
        look.handle()
                .createQuery(JOBS)
                .bindArray(
                        "tenants",
                        String.class,
                        queues.stream().map(TenantQueue::tenant).toArray())
                .bindArray(
                        "cores",
                        Integer.class,
                        most.stream().map(Resources::cores).toArray())
                .bindArray(
                        "gpus",
                        Integer.class,
                        most.stream().map(Resources::gpus).toArray())
                .bind("memory", capacity.memoryBytes())
                .bindArray("passed", Long.class, look.passed().toArray())
                .map((row, context) -> jobs.computeIfAbsent(row.getString("tenant"), one -> new ArrayList<>())
                        .add(job(row)))
                .list();
        return queues.stream()
                .map(queue -> new TenantQueue(
                        queue.tenant(),
                        queue.turn(),
                        queue.quota(),
                        queue.usage(),
                        jobs.getOrDefault(queue.tenant(), List.of())))
                .toList();
    }

    private static WaitingJob job(ResultSet row) throws SQLException {
        return new WaitingJob(
                row.getLong("job_key"),
                resources(row),
                row.getInt("priority"),
                Optional.ofNullable(row.getTimestamp("turn_time")).map(Timestamp::toInstant));
    }

    private static Resources resources(ResultSet row) throws SQLException {
        return new Resources(row.getInt("cores"), row.getLong("memory_bytes"), row.getInt("gpus"));
    }

    /** Of the jobs whose turn came long ago the first that is still the next of its tenant's. */
    private Optional<Reservation> reservation(Look look, String runner) {
        List<Overdue> overdue = look.handle()
                .createQuery("SELECT job_key, tenant, turn_time FROM training_job WHERE state = 'QUEUED'"
                        + " AND turn_time <= clock_timestamp() - :patience * interval '1 millisecond'"
                        + " AND memory_bytes <= :memory AND gpus <= :gpus AND job_key <> ALL(:passed)"
                        + " ORDER BY turn_time LIMIT 100")
                .bind("patience", config.patience().toMillis())
                .bind("memory", look.room().capacity().memoryBytes())
                .bind("gpus", look.room().capacity().gpus())
                .bindArray("passed", Long.class, look.passed().toArray())
                .map((row, context) -> new Overdue(
                        row.getLong("job_key"),
                        row.getString("tenant"),
                        row.getTimestamp("turn_time").toInstant().plus(config.patience())))
                .list();
        for (Overdue job : overdue) {
            Optional<Reservation> reservation = these(look, List.of(job.tenant())).stream()
                    .flatMap(
                            queue -> Reservation.of(
                                    queue, job.key(), job.since(), startedSince(look.handle(), runner, job.since()))
                                    .stream())
                    .findFirst();
            if (reservation.isPresent()) {
                return reservation;
            }
        }
        return Optional.empty();
    }

    private static Resources startedSince(Handle handle, String runner, Instant since) {
        return handle.createQuery("SELECT coalesce(sum(cores), 0) AS cores, coalesce(sum(memory_bytes), 0) AS memory,"
                        + " coalesce(sum(gpus), 0) AS gpus FROM job_attempt WHERE end_time IS NULL AND runner = :runner"
                        + " AND start_time > :since")
                .bind("runner", runner)
                .bind("since", Timestamp.from(since))
                .map((row, context) -> new Resources(row.getInt("cores"), row.getLong("memory"), row.getInt("gpus")))
                .one();
    }

    private static void noteTurn(Handle handle, long key) {
        handle.createUpdate("UPDATE training_job SET turn_time = clock_timestamp()"
                        + " WHERE job_key = :key AND state = 'QUEUED' AND turn_time IS NULL")
                .bind("key", key)
                .execute();
    }

    /** At once: what is given back must not go to another, such as the one that gave it. */
    private void keepPlace(Handle handle, long key) {
        handle.createUpdate("UPDATE training_job SET turn_time = least(turn_time, clock_timestamp()"
                        + " - :patience * interval '1 millisecond') WHERE job_key = :key AND state = 'QUEUED'")
                .bind("patience", config.patience().toMillis())
                .bind("key", key)
                .execute();
    }

    /**
     * Takes a turn under the lock of the tenant's row, so that schedulers cannot exceed its quota together. Part of the
     * transaction that starts the job.
     *
     * @return whether the tenant's quota still lets it start
     */
    public boolean take(Handle transaction, Turn turn, Resources worker) {
        boolean waits = transaction
                .createQuery("SELECT 1 FROM queue_tenant WHERE tenant = :tenant FOR NO KEY UPDATE")
                .bind("tenant", turn.tenant())
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
        Quota quota = quotas.quota(transaction, turn.tenant());
        boolean may = waits
                && quota.blocks(quotas.usage(transaction, turn.tenant(), quota), worker)
                        .isEmpty();
        if (may) {
            transaction
                    .createUpdate("UPDATE queue_tenant SET turn = nextval('queue_turn') WHERE tenant = :tenant")
                    .bind("tenant", turn.tenant())
                    .execute();
        }
        return may;
    }

    /** Forgets a tenant none of whose jobs waits. One that joins now holds a lock of the row, and it stays. */
    private void leave(String tenant) {
        jdbi.useTransaction(transaction -> {
            boolean alone = transaction
                    .createQuery("SELECT 1 FROM queue_tenant WHERE tenant = :tenant FOR UPDATE SKIP LOCKED")
                    .bind("tenant", tenant)
                    .mapTo(Integer.class)
                    .findOne()
                    .isPresent();
            if (alone) {
                // A statement of its own: it sees what was committed before the lock was got.
                transaction
                        .createUpdate(
                                "DELETE FROM queue_tenant t WHERE tenant = :tenant AND NOT EXISTS"
                                        + " (SELECT 1 FROM training_job j WHERE j.tenant = t.tenant AND j.state = 'QUEUED' AND j.dependencies = 0)")
                        .bind("tenant", tenant)
                        .execute();
            }
        });
    }

    /** What a pass looks with. */
    private record Look(Handle handle, Room room, Set<Long> passed, Map<String, Usage> held) {}

    private record Overdue(long key, String tenant, Instant since) {}
}
