package io.modelmill.training.queue;

import io.modelmill.training.quota.Quota;
import io.modelmill.training.quota.Usage;
import io.modelmill.training.resource.Resources;
import io.modelmill.training.resource.Room;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Finds the attempts that give their places to the job whose turn it is.
 *
 * <p>An attempt of another tenant is asked only while that tenant's share is strictly above the share that the job's own tenant
 * will have with it. So each preemption makes the shares, sorted from the largest down, smaller in lexicographic order: the
 * largest that it touches is replaced by smaller ones. An attempt of the same tenant is asked only by a job of strictly higher
 * priority that does not raise the tenant's share. Starts in between could still lead back to where it began, so that a job is
 * asked no more often than {@link QueueConfig#maxPreemptions}: there are at most so many preemptions as that times the jobs.
 */
final class Preemption {
    private final Room room;
    private final Map<String, Standing> standings;
    private final List<Victim> running;

    /**
     * Looks at a runner.
     *
     * @param standings of all tenants with an open attempt anywhere
     * @param running all open attempts of the runner
     */
    Preemption(Room room, Map<String, Standing> standings, List<Victim> running) {
        this.standings = new HashMap<>(standings);
        this.running = List.copyOf(running);
        Room coming = room;
        for (Victim victim : running) {
            if (victim.yielding()) {
                coming = with(coming, victim);
                give(victim, this.standings);
            }
        }
        this.room = coming;
    }

    /** The attempts to ask; none if enough were asked before, or if it cannot be had. */
    List<Victim> victimsFor(TenantQueue queue, WaitingJob job) {
        if (room.holds(job.resources())) {
            return List.of();
        }
        List<Victim> others = others(queue, job);
        return others.isEmpty() ? own(queue, job) : others;
    }

    private List<Victim> others(TenantQueue queue, WaitingJob job) {
        Resources capacity = room.capacity();
        double target = new Standing(
                        standing(queue).held().plus(room.grant(job.resources())),
                        queue.quota().weight())
                .share(capacity);
        Map<String, Standing> now = new HashMap<>(standings);
        Predicate<Victim> above = victim -> !victim.tenant().equals(queue.tenant())
                && now.getOrDefault(victim.tenant(), Standing.NONE).share(capacity) > target;
        // Of the tenant with the largest share the least urgent, and of these the one that loses least.
        Comparator<Victim> first = Comparator.comparingDouble((Victim victim) ->
                        now.getOrDefault(victim.tenant(), Standing.NONE).share(capacity))
                .thenComparing(Comparator.comparingInt(Victim::priority).reversed())
                .thenComparing(Victim::startTime)
                .thenComparingLong(Victim::jobKey);
        return choose(job, above, first, now);
    }

    private List<Victim> own(TenantQueue queue, WaitingJob job) {
        Comparator<Victim> first = Comparator.comparingInt(Victim::priority)
                .reversed()
                .thenComparing(Victim::startTime)
                .thenComparingLong(Victim::jobKey);
        Map<String, Standing> now = new HashMap<>(standings);
        List<Victim> chosen = choose(
                job,
                victim -> victim.tenant().equals(queue.tenant()) && victim.priority() < job.priority(),
                first,
                now);
        double before = standing(queue).share(room.capacity());
        Resources left = now.getOrDefault(queue.tenant(), Standing.NONE).held();
        double after = new Standing(
                        left.plus(room.grant(job.resources())), queue.quota().weight())
                .share(room.capacity());
        return after <= before ? chosen : List.of();
    }

    /** Takes one after the other until the job fits, and gives back those that were not needed. */
    private List<Victim> choose(
            WaitingJob job, Predicate<Victim> may, Comparator<Victim> first, Map<String, Standing> now) {
        List<Victim> chosen = new ArrayList<>();
        Room coming = room;
        while (!coming.holds(job.resources())) {
            Optional<Victim> next = running.stream()
                    .filter(victim -> victim.mayYield() && !victim.yielding() && !chosen.contains(victim))
                    .filter(may)
                    .max(first);
            if (next.isEmpty()) {
                return List.of();
            }
            chosen.add(next.get());
            give(next.get(), now);
            coming = with(coming, next.get());
        }
        for (Victim victim : List.copyOf(chosen)) {
            Room without = without(coming, victim);
            if (without.holds(job.resources())) {
                coming = without;
                chosen.remove(victim);
                now.merge(victim.tenant(), Standing.NONE, (standing, none) -> standing.plus(victim.held()));
            }
        }
        return chosen;
    }

    private Standing standing(TenantQueue queue) {
        return standings.getOrDefault(
                queue.tenant(), new Standing(Resources.NONE, queue.quota().weight()));
    }

    private static void give(Victim victim, Map<String, Standing> standings) {
        standings.computeIfPresent(victim.tenant(), (tenant, standing) -> standing.minus(victim.held()));
    }

    private static Room with(Room room, Victim victim) {
        return new Room(room.workers() + 1, room.capacity(), room.free().plus(room.grant(victim.held())));
    }

    private static Room without(Room room, Victim victim) {
        return new Room(room.workers() - 1, room.capacity(), room.free().minus(room.grant(victim.held())));
    }

    /** What a tenant holds, and its weight. */
    record Standing(Resources held, double weight) {
        static final Standing NONE = new Standing(Resources.NONE, 1);

        static Standing of(Usage usage, Quota quota) {
            return new Standing(usage.held(), quota.weight());
        }

        double share(Resources capacity) {
            return TenantQueue.share(held, capacity, weight);
        }

        Standing minus(Resources worker) {
            return new Standing(held.minus(worker), weight);
        }

        Standing plus(Resources worker) {
            return new Standing(held.plus(worker), weight);
        }
    }
}
