package io.modelmill.training.queue;

import io.modelmill.training.quota.Quota;
import io.modelmill.training.quota.Usage;
import io.modelmill.training.resource.Resources;
import io.modelmill.training.resource.Room;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One runner and its queue in memory, with a clock that is told to go on; what is next is left to {@link Pass}. */
final class QueueModel {
    static final Duration PATIENCE = Duration.ofSeconds(10);
    static final int MOST_PREEMPTIONS = 3;

    private final Resources capacity;
    private final Map<String, Quota> quotas = new HashMap<>();
    private final Map<String, Long> turns = new HashMap<>();
    private final List<Entry> waiting = new ArrayList<>();
    private final List<Running> running = new ArrayList<>();
    private final Map<Long, Instant> turnTimes = new HashMap<>();
    private final Map<Long, Integer> preemptions = new HashMap<>();
    private Optional<Pass.InTurn> waits = Optional.empty();
    private Instant now = Instant.EPOCH;
    private long keys;
    private long turn;

    QueueModel(int cores) {
        this(new Resources(cores, 1L << 40, 0));
    }

    QueueModel(Resources capacity) {
        this.capacity = capacity;
    }

    void grant(String tenant, Quota quota) {
        quotas.put(tenant, quota);
    }

    /** Answers the new job's key. */
    long submit(String tenant, int cores, int priority) {
        return submit(tenant, new Resources(cores, 1, 0), priority);
    }

    long submit(String tenant, Resources resources, int priority) {
        turns.computeIfAbsent(tenant, one -> ++turn);
        waiting.add(new Entry(++keys, tenant, resources, priority));
        return keys;
    }

    void pass(Duration time) {
        now = now.plus(time);
    }

    void end(long key) {
        running.removeIf(one -> one.entry().key() == key);
    }

    List<Running> running() {
        return List.copyOf(running);
    }

    boolean waits(long key) {
        return waiting.stream().anyMatch(one -> one.key() == key);
    }

    Instant now() {
        return now;
    }

    /** Starts what is next, if anything is, and answers its key. */
    Optional<Long> startNext() {
        Room room = room();
        List<TenantQueue> queues = turns.keySet().stream()
                .map(this::queue)
                .filter(queue -> !queue.jobs().isEmpty())
                .sorted(Comparator.comparingDouble((TenantQueue queue) -> queue.share(capacity))
                        .thenComparingLong(TenantQueue::turn))
                .toList();
        Pass pass = new Pass(room, reservation(queues));
        Optional<Turn> next = pass.reserved()
                .or(() -> queues.stream()
                        .flatMap(queue -> pass.offer(queue).stream())
                        .findFirst());
        waits = next.isPresent() ? Optional.empty() : pass.inTurn();
        pass.turnCame().ifPresent(key -> turnTimes.put(key, now));
        next.ifPresent(this::start);
        return next.map(Turn::jobKey);
    }

    /** Asks for places for the job whose turn it was at the last look; those asked give them at once. Answers that job. */
    Optional<Long> preempt() {
        if (waits.isEmpty()) {
            return Optional.empty();
        }
        Pass.InTurn job = waits.get();
        List<Victim> all = running.stream()
                .map(one -> new Victim(
                        one.entry().key(),
                        1,
                        one.entry().tenant(),
                        one.entry().priority(),
                        one.entry().resources(),
                        one.start(),
                        false,
                        preemptions.getOrDefault(one.entry().key(), 0) < MOST_PREEMPTIONS))
                .toList();
        Map<String, Preemption.Standing> standings = new HashMap<>();
        turns.keySet().forEach(tenant -> standings.put(tenant, Preemption.Standing.of(usage(tenant), quota(tenant))));
        List<Victim> victims = new Preemption(room(), standings, all).victimsFor(job.queue(), job.job());
        for (Victim victim : victims) {
            Running one = running.stream()
                    .filter(found -> found.entry().key() == victim.jobKey())
                    .findFirst()
                    .orElseThrow();
            running.remove(one);
            waiting.add(one.entry());
            turnTimes.remove(one.entry().key());
            preemptions.merge(one.entry().key(), 1, Integer::sum);
        }
        if (victims.isEmpty()) {
            return Optional.empty();
        }
        turnTimes.merge(job.job().key(), now.minus(PATIENCE), (one, other) -> one.isBefore(other) ? one : other);
        return Optional.of(job.job().key());
    }

    /** The tenants' shares, the largest first. */
    List<Double> shares() {
        return turns.keySet().stream()
                .map(tenant -> queue(tenant).share(capacity))
                .sorted(Comparator.reverseOrder())
                .toList();
    }

    int preemptions() {
        return preemptions.values().stream().mapToInt(Integer::intValue).sum();
    }

    private void start(Turn next) {
        Entry entry = waiting.stream()
                .filter(one -> one.key() == next.jobKey())
                .findFirst()
                .orElseThrow();
        waiting.remove(entry);
        turnTimes.remove(entry.key());
        running.add(new Running(entry, now));
        turns.put(next.tenant(), ++turn);
    }

    Room room() {
        Resources held = running.stream().map(one -> one.entry().resources()).reduce(Resources.NONE, Resources::plus);
        return new Room(1_000, capacity, capacity.minus(held));
    }

    private Optional<Reservation> reservation(List<TenantQueue> queues) {
        return turnTimes.entrySet().stream()
                .filter(entry -> waits(entry.getKey()))
                .filter(entry -> !entry.getValue().plus(PATIENCE).isAfter(now))
                .sorted(Map.Entry.<Long, Instant>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
                .flatMap(entry -> queues.stream()
                        .flatMap(queue ->
                                Reservation.of(queue, entry.getKey(), entry.getValue(), startedSince(entry.getValue()))
                                        .stream()))
                .findFirst();
    }

    private Resources startedSince(Instant turnTime) {
        return running.stream()
                .filter(one -> one.start().isAfter(turnTime.plus(PATIENCE)))
                .map(one -> one.entry().resources())
                .reduce(Resources.NONE, Resources::plus);
    }

    private TenantQueue queue(String tenant) {
        List<WaitingJob> jobs = waiting.stream()
                .filter(one -> one.tenant().equals(tenant))
                .filter(one ->
                        quota(tenant).refuses(usage(tenant), one.resources()).isEmpty())
                .sorted(Comparator.comparingInt((Entry one) -> -one.priority()).thenComparingLong(Entry::key))
                .limit(8)
                .map(one -> new WaitingJob(
                        one.key(), one.resources(), one.priority(), Optional.ofNullable(turnTimes.get(one.key()))))
                .toList();
        return new TenantQueue(tenant, turns.getOrDefault(tenant, 0L), quota(tenant), usage(tenant), jobs);
    }

    Quota quota(String tenant) {
        return quotas.getOrDefault(tenant, Quota.UNBOUNDED);
    }

    Usage usage(String tenant) {
        Usage usage = Usage.NONE;
        for (Running one : running) {
            if (one.entry().tenant().equals(tenant)) {
                usage = usage.plus(one.entry().resources());
            }
        }
        return usage;
    }

    record Entry(long key, String tenant, Resources resources, int priority) {}

    record Running(Entry entry, Instant start) {}
}
