package io.modelmill.benchmarks.faults;

import io.modelmill.benchmarks.faults.Facts.Accepted;
import io.modelmill.benchmarks.faults.Facts.Attempt;
import io.modelmill.benchmarks.faults.Facts.Event;
import io.modelmill.benchmarks.faults.Facts.Job;
import io.modelmill.benchmarks.faults.Facts.Serving;
import io.modelmill.benchmarks.faults.Facts.TrainingTime;
import io.modelmill.benchmarks.faults.Facts.Version;
import io.modelmill.benchmarks.figure.Figure;
import io.modelmill.benchmarks.figure.Goal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Counts what must not be. Each count is a figure whose goal is zero. */
final class Audit {
    /** The figure of training time that is not the same everywhere. */
    static final String TRAINING_TIME = "training_time.other_than_the_gateway_says";

    private final Facts facts;
    private final Map<String, Job> jobs;
    private final Map<String, List<Event>> events;
    private final Map<String, List<Attempt>> attempts;
    private final Map<String, List<String>> found = new LinkedHashMap<>();

    private Audit(Facts facts) {
        this.facts = facts;
        this.jobs = facts.jobs().stream().collect(Collectors.toMap(Job::name, Function.identity(), (a, b) -> a));
        this.events = facts.events().stream()
                .sorted(Comparator.comparingLong(Event::sequence))
                .collect(Collectors.groupingBy(Event::job));
        this.attempts = facts.attempts().stream()
                .sorted(Comparator.comparingLong(Attempt::number))
                .collect(Collectors.groupingBy(Attempt::job));
    }

    /**
     * What was found.
     *
     * @param violations by figure, each in words
     */
    record Report(Map<String, List<String>> violations) {
        /** One figure for each thing that must not be. */
        List<Figure> figures() {
            return violations.entrySet().stream()
                    .map(entry -> Figure.of(entry.getKey(), entry.getValue().size(), "", Goal.atMost(0)))
                    .toList();
        }
    }

    static Report of(Facts facts) {
        Audit audit = new Audit(facts);
        audit.submissions();
        audit.ends();
        audit.attempts();
        audit.versions();
        audit.topic();
        audit.models();
        audit.writes();
        audit.trainingTime();
        audit.rest();
        return new Report(audit.found);
    }

    private void submissions() {
        List<String> lost = begin("submissions.lost");
        List<String> doubled = begin("submissions.doubled");
        Set<String> ours = new HashSet<>();
        for (Accepted accepted : facts.accepted()) {
            List<String> names = accepted.names().stream().distinct().toList();
            if (names.isEmpty()) {
                lost.add(accepted.requestId() + " was never accepted");
            }
            if (names.size() > 1) {
                doubled.add(accepted.requestId() + " became " + names);
            }
            names.stream().filter(name -> !jobs.containsKey(name)).forEach(lost::add);
            ours.addAll(names);
        }
        jobs.keySet().stream().filter(name -> !ours.contains(name)).forEach(name -> doubled.add(name + " is nobody's"));
        begin("answers.unexpected").addAll(facts.unexpected());
    }

    private void ends() {
        List<String> open = begin("jobs.not_terminal");
        List<String> ends = begin("jobs.not_ended_once");
        List<String> gaps = begin("events.not_numbered_in_order");
        for (Job job : facts.jobs()) {
            List<Event> ofJob = events.getOrDefault(job.name(), List.of());
            if (!job.isTerminal()) {
                open.add(job.name() + " is " + job.state());
                continue;
            }
            List<Event> terminal = ofJob.stream().filter(Event::isTerminal).toList();
            boolean once = terminal.size() == 1
                    && terminal.getFirst().equals(ofJob.getLast())
                    && terminal.getFirst().to().equals(job.state());
            if (!once) {
                ends.add(job.name() + " is " + job.state() + " and its terminal events are " + terminal);
            }
            for (int i = 0; i < ofJob.size(); i++) {
                if (ofJob.get(i).sequence() != i + 1) {
                    gaps.add(job.name() + ": event " + (i + 1) + " has number "
                            + ofJob.get(i).sequence());
                    break;
                }
            }
        }
    }

    private void attempts() {
        List<String> overlapping = begin("attempts.side_by_side");
        List<String> doubled = begin("attempts.in_two_processes");
        List<String> late = begin("events.of_ended_attempts");
        attempts.forEach((job, ofJob) -> {
            for (int i = 1; i < ofJob.size(); i++) {
                Attempt next = ofJob.get(i);
                boolean over = ofJob.get(i - 1)
                        .end()
                        .filter(end -> !end.isAfter(next.start()))
                        .isPresent();
                if (!over) {
                    overlapping.add(job + ": attempt " + next.number() + " began before the end of the one before");
                }
            }
        });
        events.forEach((job, ofJob) -> {
            long newest = 0;
            for (Event event : ofJob) {
                if (event.attempt() < newest) {
                    late.add(job + ": event " + event.sequence() + " is of attempt " + event.attempt() + " after "
                            + newest);
                }
                newest = Math.max(newest, event.attempt());
            }
        });
        Map<String, Set<Long>> processes = new TreeMap<>();
        facts.ledger()
                .forEach(entry -> processes
                        .computeIfAbsent(entry.job() + " attempt " + entry.attempt(), key -> new HashSet<>())
                        .add(entry.pid()));
        processes.forEach((attempt, pids) -> {
            if (pids.size() > 1) {
                doubled.add(attempt + " ran as processes " + pids);
            }
        });
    }

    private void versions() {
        List<String> doubled = begin("versions.more_than_one");
        List<String> missing = begin("versions.missing");
        List<String> unasked = begin("versions.of_jobs_without_success");
        Map<String, List<Version>> versions =
                facts.registry().versions().stream().collect(Collectors.groupingBy(Version::job));
        versions.forEach((name, ofJob) -> {
            if (ofJob.size() > 1) {
                doubled.add(name + " made " + ofJob);
            }
            Job job = jobs.get(name);
            boolean asked = job != null && job.state().equals("SUCCEEDED");
            if (!asked && ofJob.stream().anyMatch(version -> version.state().equals("READY"))) {
                unasked.add(name + " is " + (job == null ? "unknown" : job.state()) + " and made " + ofJob);
            }
        });
        for (Job job : facts.jobs()) {
            boolean made = versions.getOrDefault(job.name(), List.of()).stream()
                    .anyMatch(version -> version.state().equals("READY")
                            && job.modelVersion().filter(version.name()::equals).isPresent());
            if (job.state().equals("SUCCEEDED") && !made) {
                missing.add(job.name() + " says " + job.modelVersion() + ", the registry "
                        + versions.getOrDefault(job.name(), List.of()));
            }
        }
    }

    private void topic() {
        List<String> missing = begin("events.not_published");
        List<String> unknown = begin("events.published_but_never_true");
        List<String> disordered = begin("events.out_of_order");
        Set<Event> committed = new HashSet<>(facts.events());
        Set<Event> published = new HashSet<>();
        Map<String, Long> last = new HashMap<>();
        for (Event event : facts.topic()) {
            if (!committed.contains(event)) {
                unknown.add(event.toString());
            }
            // What was seen before may come again; what is new comes in order.
            if (published.add(event)) {
                Long before = last.put(event.job(), event.sequence());
                if (event.sequence() != (before == null ? 1 : before + 1)) {
                    disordered.add(event.job() + ": " + event.sequence() + " after " + before);
                }
            }
        }
        facts.events().stream()
                .filter(event -> !published.contains(event))
                .map(Event::toString)
                .forEach(missing::add);
        List<String> waiting = begin("events.left_in_outboxes");
        for (long i = 0; i < facts.outboxes(); i++) {
            waiting.add("an event waits");
        }
    }

    private void models() {
        List<String> wrong = begin("models.published_otherwise");
        List<String> disordered = begin("models.out_of_order");
        Map<String, Serving> last = new HashMap<>();
        Set<Serving> published = new HashSet<>();
        for (Serving serving : facts.registry().topic()) {
            // What was seen before may come again; what is new is of a higher revision.
            if (published.add(serving)) {
                Serving before = last.get(serving.model());
                if (before == null || before.revision() < serving.revision()) {
                    last.put(serving.model(), serving);
                } else {
                    disordered.add(serving + " after revision " + before.revision());
                }
            }
        }
        for (Serving model : facts.registry().models()) {
            if (!model.equals(last.remove(model.model()))) {
                wrong.add(model.model() + " is of revision " + model.revision() + " and was not told so");
            }
        }
        last.keySet().forEach(name -> wrong.add(name + " is no model"));
    }

    private void writes() {
        List<String> stale = begin("writes.of_stale_attempts_accepted");
        List<String> lost = begin("outcomes.accepted_and_lost");
        for (WorkerLedger.Entry entry : facts.ledger()) {
            if (!entry.isAccepted() || entry.call() == WorkerLedger.Call.START) {
                continue;
            }
            Optional<Attempt> attempt = attempts.getOrDefault(entry.job(), List.of()).stream()
                    .filter(candidate -> candidate.number() == entry.attempt())
                    .findFirst();
            String outcome = attempt.flatMap(Attempt::outcome).orElse("none");
            boolean same = entry.call().isOutcome() && entry.call().name().equals(outcome);
            boolean over = attempt.isEmpty()
                    || attempt.get().end().filter(entry.begin()::isAfter).isPresent()
                    || entry.begin().isAfter(attempt.get().leaseEnd());
            // An outcome that was taken may be told again: it is answered as the first time and changes nothing.
            if (over && !same) {
                stale.add(entry + " beside " + attempt);
            }
            if (entry.call().isOutcome() && !same) {
                lost.add(entry + " beside " + attempt);
            }
        }
    }

    private void trainingTime() {
        List<String> wrong = begin(TRAINING_TIME);
        Map<String, TrainingTime> stored = new TreeMap<>();
        for (Attempt attempt : facts.attempts()) {
            Job job = jobs.get(attempt.job());
            if (attempt.end().isPresent() && job != null) {
                stored.merge(job.tenant(), new TrainingTime(attempt.trainingMillis(), 1), TrainingTime::plus);
            }
        }
        Set<String> tenants = new HashSet<>(stored.keySet());
        tenants.addAll(facts.counted().keySet());
        TrainingTime none = new TrainingTime(0, 0);
        for (String tenant : tenants) {
            TrainingTime database = stored.getOrDefault(tenant, none);
            TrainingTime gateway = facts.counted().getOrDefault(tenant, none);
            if (!database.equals(gateway)) {
                wrong.add(tenant + ": " + database + " in the database, " + gateway + " at the gateway");
            }
        }
    }

    private void rest() {
        List<String> left = begin("workers.left");
        for (long i = 0; i < facts.workersLeft(); i++) {
            left.add("a worker runs");
        }
    }

    private List<String> begin(String figure) {
        return found.computeIfAbsent(figure, name -> new ArrayList<>());
    }
}
