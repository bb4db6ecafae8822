package io.modelmill.benchmarks.faults;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * All that is known after a campaign, from everybody who knows something.
 *
 * @param accepted what was submitted: tenant and request id, and every name that it was ever answered with
 * @param topic events in the order of their partitions
 * @param outboxes events that wait in the outboxes
 * @param counted training time at the gateway, by tenant
 * @param workersLeft worker processes that still run
 * @param unexpected answers that no caller should get, whatever dies
 */
record Facts(
        List<Accepted> accepted,
        List<Job> jobs,
        List<Attempt> attempts,
        List<Event> events,
        List<Event> topic,
        long outboxes,
        Registry registry,
        List<WorkerLedger.Entry> ledger,
        Map<String, TrainingTime> counted,
        long workersLeft,
        List<String> unexpected) {
    Facts {
        accepted = List.copyOf(accepted);
        jobs = List.copyOf(jobs);
        attempts = List.copyOf(attempts);
        events = List.copyOf(events);
        topic = List.copyOf(topic);
        ledger = List.copyOf(ledger);
        counted = Map.copyOf(counted);
        unexpected = List.copyOf(unexpected);
    }

    /** A submission; without a name it never was accepted. */
    record Accepted(String tenant, String requestId, List<String> names) {
        Accepted {
            names = List.copyOf(names);
        }
    }

    /** A row of a job. */
    record Job(String name, String tenant, String requestId, String state, Optional<String> modelVersion) {
        boolean isTerminal() {
            return isTerminalState(state);
        }
    }

    /** A row of an attempt; open without an end. */
    record Attempt(
            String job,
            long number,
            Instant start,
            Instant leaseEnd,
            Optional<Instant> end,
            Optional<String> outcome,
            long trainingMillis) {}

    /**
     * An event, in the database or in the topic.
     *
     * @param to state that it leads to; empty for a progress
     * @param content all else that it says, the same wherever it is read
     */
    record Event(String job, long sequence, long attempt, String to, String content) {
        boolean isTerminal() {
            return isTerminalState(to);
        }
    }

    /**
     * What the registry has.
     *
     * @param versions those that jobs made
     * @param models what its database says of each model
     * @param topic what it published of models, in the order of their partitions
     */
    record Registry(List<Version> versions, List<Serving> models, List<Serving> topic) {
        Registry {
            versions = List.copyOf(versions);
            models = List.copyOf(models);
            topic = List.copyOf(topic);
        }
    }

    /**
     * What is told of a model.
     *
     * @param revision rises with each change
     * @param ready names of the READY versions
     */
    record Serving(String model, long revision, Set<String> ready) {
        Serving {
            ready = Set.copyOf(ready);
        }
    }

    /** A version in the registry. */
    record Version(String name, String job, String state) {}

    /** How long attempts trained that are over, and how many they are. */
    record TrainingTime(long millis, long attempts) {
        TrainingTime plus(TrainingTime other) {
            return new TrainingTime(millis + other.millis, attempts + other.attempts);
        }
    }

    private static boolean isTerminalState(String state) {
        return switch (state) {
            case "SUCCEEDED", "FAILED", "CANCELLED", "TIMED_OUT" -> true;
            default -> false;
        };
    }
}
