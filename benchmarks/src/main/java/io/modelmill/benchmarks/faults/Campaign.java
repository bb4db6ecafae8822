package io.modelmill.benchmarks.faults;

import io.grpc.StatusException;
import io.modelmill.benchmarks.figure.Figure;
import io.modelmill.benchmarks.figure.Goal;
import io.modelmill.benchmarks.machine.LoopbackPort;
import io.modelmill.benchmarks.machine.Workspace;
import io.modelmill.benchmarks.model.BenchModels;
import io.modelmill.benchmarks.servers.XorTenant;
import io.modelmill.fleet.client.GatewayConnection;
import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.installation.Installation;
import io.modelmill.fleet.process.Poll;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** One campaign, from the start of its fleet to its figures. */
public final class Campaign {
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
    /** For what follows on the last event: the gateway's count, and workers that end. */
    private static final Duration LAST_STEPS = Duration.ofSeconds(60);

    private static final Goal MOST_MINUTES = Goal.atMost(45);
    private static final Goal SOME = Goal.atLeast(1);

    private final CampaignPlan plan;
    private final Installation installation;
    private final Path data;
    private final Consumer<String> log;

    /**
     * @param data folder that the fleet keeps its data and logs in
     * @param log told in one line what happens
     */
    public Campaign(CampaignPlan plan, Installation installation, Path data, Consumer<String> log) {
        this.plan = plan;
        this.installation = installation;
        this.data = data;
        this.log = log;
    }

    /**
     * What came of a campaign.
     *
     * @param violations what must not be, in words, by figure
     */
    public record Outcome(List<Figure> figures, Map<String, List<String>> violations) {
        /** Whether nothing was lost, doubled or out of order, in however long a time. */
        public boolean holds() {
            return violations.values().stream().allMatch(List::isEmpty);
        }
    }

    /**
     * Runs it.
     *
     * @param workspace closes the fleet if this does not come to its end
     */
    public Outcome run(Workspace workspace) throws IOException, InterruptedException, StatusException {
        Instant begin = Instant.now();
        CampaignServers servers = CampaignServers.of(installation, new FleetFolder(data));
        CampaignFleet fleet = workspace.keep(new CampaignFleet(servers, log));
        fleet.start();
        Files.write(FaultWorkerMain.model(servers.ledger()), BenchModels.tiny().graph());
        log.accept(String.format(Locale.ROOT, "the fleet runs after %.1f s; its data are in %s", seconds(begin), data));
        GatewayConnection gateway = workspace.keep(GatewayConnection.open(servers.gatewayGrpc(), Optional.empty()));
        SubmissionClient client = tenants(gateway, servers.keys().adminCredential());
        CampaignDatabase database = new CampaignDatabase(servers.database("training"), servers.database("registry"));

        Instant start = Instant.now();
        client.endBy(start.plus(plan.length()).plus(plan.settling()));
        List<Submission> submissions = Submission.of(plan);
        Map<String, Long> struck;
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> calls = new ArrayList<>();
            for (Submission submission : submissions) {
                calls.add(callers.submit(() -> {
                    TimeUnit.NANOSECONDS.sleep(Duration.between(Instant.now(), start.plus(submission.at()))
                            .toNanos());
                    client.run(submission);
                    return submission;
                }));
            }
            struck = new Injector(fleet, log).play(FaultSchedule.of(plan));
            fleet.heal();
            log.accept(String.format(
                    Locale.ROOT, "%.1f s: all faults are over; jobs to go: %d", seconds(start), database.open()));
            settle(database, calls, start.plus(plan.length()).plus(plan.settling()));
        }
        Facts facts = facts(fleet, client, database, submissions);
        Audit.Report report = Audit.of(facts);
        List<Figure> figures = new ArrayList<>(told(facts, struck));
        figures.addAll(report.figures());
        figures.add(Figure.of("campaign.minutes", seconds(begin) / 60, "min", MOST_MINUTES));
        workspace.drop(gateway);
        workspace.drop(fleet);
        return new Outcome(figures, report.violations());
    }

    private SubmissionClient tenants(GatewayConnection gateway, String admin) throws IOException, StatusException {
        byte[] rows = Files.readAllBytes(installation.example("xor/xor.csv"));
        Map<String, XorTenant> tenants = new HashMap<>();
        for (String tenant : Submission.tenants()) {
            tenants.put(tenant, XorTenant.create(gateway, admin, tenant, rows));
        }
        return new SubmissionClient(gateway, tenants);
    }

    /** Waits until every caller is done, every job over and every event sent, or until the time is up. */
    private void settle(CampaignDatabase database, List<Future<?>> calls, Instant end) throws InterruptedException {
        Instant told = Instant.now();
        while (Instant.now().isBefore(end)) {
            long open = database.open();
            long waiting = database.waiting();
            for (Future<?> call : calls) {
                if (call.state() == Future.State.FAILED) {
                    throw new IllegalStateException("a caller failed", call.exceptionNow());
                }
            }
            if (open == 0 && waiting == 0 && calls.stream().allMatch(Future::isDone)) {
                return;
            }
            if (told.plus(LAST_STEPS).isBefore(Instant.now())) {
                told = Instant.now();
                log.accept("jobs to go: " + open + ", events to go: " + waiting);
            }
            TimeUnit.NANOSECONDS.sleep(LOOK_EVERY.toNanos());
        }
        log.accept("the time is up: not all is settled");
    }

    private static Facts facts(
            CampaignFleet fleet, SubmissionClient client, CampaignDatabase database, List<Submission> submissions) {
        var _ = Poll.until(LAST_STEPS, () -> fleet.workers().isEmpty() ? Optional.of(true) : Optional.empty());
        Facts read = read(fleet, client, database, submissions);
        // The gateway counts within seconds.
        return Poll.until(
                        LAST_STEPS,
                        () -> Optional.of(read(fleet, client, database, submissions))
                                .filter(facts -> Audit.of(facts)
                                        .violations()
                                        .getOrDefault(Audit.TRAINING_TIME, List.of())
                                        .isEmpty()))
                .orElse(read);
    }

    private static Facts read(
            CampaignFleet fleet, SubmissionClient client, CampaignDatabase database, List<Submission> submissions) {
        Map<String, Facts.TrainingTime> counted = new HashMap<>();
        for (String tenant : Submission.tenants()) {
            try {
                counted.put(tenant, client.counted(tenant));
            } catch (StatusException e) {
                throw new IllegalStateException("the gateway does not tell the training time of " + tenant, e);
            }
        }
        String kafka =
                LoopbackPort.HOST + ":" + fleet.link(Target.SERVICES_TO_KAFKA).port();
        return new Facts(
                submissions.stream().map(client::accepted).toList(),
                database.jobs(),
                database.attempts(),
                database.events(),
                TopicCodec.trainingEvents(kafka),
                database.waiting(),
                new Facts.Registry(database.versions(), database.models(), TopicCodec.modelVersions(kafka)),
                WorkerLedger.read(fleet.servers().ledger()),
                counted,
                fleet.workers().size(),
                client.unexpected());
    }

    private List<Figure> told(Facts facts, Map<String, Long> struck) {
        List<Figure> figures = new ArrayList<>();
        figures.add(count("seed", plan.seed()));
        struck.forEach((kind, number) -> figures.add(count("faults." + kind, number)));
        figures.add(count("submissions", facts.accepted().size()));
        for (String state : List.of("SUCCEEDED", "FAILED", "CANCELLED", "TIMED_OUT")) {
            figures.add(count(
                    "jobs." + state.toLowerCase(Locale.ROOT),
                    facts.jobs().stream()
                            .filter(job -> job.state().equals(state))
                            .count()));
        }
        figures.add(count(
                "jobs.real.succeeded",
                facts.jobs().stream()
                        .filter(job -> job.name().contains("/" + Submission.REAL)
                                && job.state().equals("SUCCEEDED"))
                        .count()));
        figures.add(count("attempts", facts.attempts().size()));
        long preempted = facts.attempts().stream()
                .filter(attempt -> attempt.outcome().filter("YIELDED"::equals).isPresent())
                .count();
        figures.add(Figure.of("attempts.preempted", preempted, "", SOME));
        figures.add(count("events", facts.events().size()));
        figures.add(count(
                "events.published_again",
                facts.topic().size() - facts.topic().stream().distinct().count()));
        long refused = facts.ledger().stream()
                .filter(WorkerLedger.Entry::isRefusedAsStale)
                .count();
        figures.add(Figure.of("writes.refused_as_stale", refused, "", SOME));
        return figures;
    }

    private static Figure count(String name, long value) {
        return Figure.of(name, value, "");
    }

    private static double seconds(Instant since) {
        return Duration.between(since, Instant.now()).toMillis() / 1e3;
    }
}
