package io.modelmill.benchmarks.mutants;

import io.grpc.StatusException;
import io.modelmill.benchmarks.figure.Figure;
import io.modelmill.benchmarks.figure.Goal;
import io.modelmill.benchmarks.mutants.MutantRun.Judged;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.process.Poll;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Sends mutants to a registry and looks at what it, its validators and its folders are like afterwards. */
final class MutantsBenchmark {
    private static final String TENANT = "mutants";
    private static final long WARM_UP_SEED = 1L << 32;
    /** As a validator's folder begins. */
    private static final String FOLDERS = "modelmill-validation-";

    private static final Duration IDLE = Duration.ofSeconds(5);
    private static final Duration QUIET = Duration.ofMinutes(1);
    private static final double MEBIBYTE = 1 << 20;
    private static final List<String> CAUSES = List.of("crashed", "timeout", "memory", "killed", "retired", "idle");

    private final RegistryServers servers;
    private final Path temporary;
    private final List<String> paths;
    private final Consumer<String> tell;
    private final List<Figure> figures = new ArrayList<>();

    /**
     * @param temporary where the registry has its temporary files
     * @param paths paths of this machine, which no reason may tell
     */
    MutantsBenchmark(RegistryServers servers, Path temporary, List<String> paths, Consumer<String> tell) {
        this.servers = servers;
        this.temporary = temporary;
        this.paths = List.copyOf(paths);
        this.tell = tell;
    }

    List<Figure> figures() {
        return figures;
    }

    /** Time of the validation of models that are right, in processes of their own and in one that is kept. */
    void compare(int rounds) throws StatusException, IOException {
        double fresh = millis(Map.of("modelmill.validation.versions-per-process", "1"), "fresh-", rounds);
        double kept = millis(Map.of(), "kept-", rounds);
        figures.add(Figure.of("validation_time.process_of_its_own", fresh, "ms"));
        figures.add(Figure.of("validation_time.process_kept", kept, "ms"));
        figures.add(Figure.of("validation_time.own_over_kept", fresh / kept, "ratio"));
    }

    private double millis(Map<String, String> settings, String prefix, int rounds) throws StatusException, IOException {
        servers.start(settings);
        MutantClient client = servers.tenant(TENANT);
        List<Original> originals = new Mutants(0).originals();
        publish(client, prefix + "warm-up", originals);
        MetricsPage before = MetricsPage.read(servers.http());
        for (int round = 0; round < rounds; round++) {
            publish(client, prefix + round, originals);
        }
        MetricsPage after = MetricsPage.read(servers.http());
        String accepted = "outcome=\"accepted\"";
        return (after.value("modelmill_validation_seconds_sum", accepted)
                        - before.value("modelmill_validation_seconds_sum", accepted))
                / (rounds * originals.size())
                * 1000;
    }

    /** Publishes models that are right, one after the other. */
    private void publish(MutantClient client, String model, List<Original> originals) throws StatusException {
        String name = client.createModel(model);
        for (Original original : originals) {
            String version = client.send(name, original.with(original.model()));
            Verdict verdict = Poll.until(QUIET, () -> {
                        try {
                            return client.look(version);
                        } catch (StatusException e) {
                            throw new IllegalStateException(e);
                        }
                    })
                    .orElseThrow(() -> new FleetException(version + " is not decided within " + QUIET));
            if (verdict.state() != Verdict.State.READY) {
                throw new FleetException(original.name() + ": refused (" + verdict.reason() + "; expected: READY)");
            }
        }
    }

    /** Sends mutants and counts what came of them. */
    List<Judged> send(int count, long seed) throws IOException, InterruptedException, ExecutionException {
        ProcessHandle service = servers.start(Map.of(
                "modelmill.validation.concurrency", "2",
                "modelmill.validation.timeout", "10s",
                "modelmill.validation.memory", "1G",
                "modelmill.validation.poll-interval", "1s",
                "modelmill.validation.idle-timeout", IDLE.toSeconds() + "s"));
        MutantClient client = servers.tenant(TENANT);
        new MutantRun(client, new Mutants(WARM_UP_SEED + seed), "warm-up-", tell).send(Math.min(count, 400));
        tell.accept("warmed up");
        MetricsPage before = MetricsPage.read(servers.http());
        List<Judged> judged;
        double seconds;
        try (MemoryWatch memory = new MemoryWatch(service)) {
            long start = System.nanoTime();
            judged = new MutantRun(client, new Mutants(seed), "mutants-", tell).send(count);
            seconds = (System.nanoTime() - start) / 1e9;
            tellMemory(memory);
            int left = Poll.until(QUIET.plus(IDLE), () -> Optional.of(0).filter(none -> memory.alive() == 0))
                    .orElseGet(memory::alive);
            figures.add(Figure.of("validators.left_after_idle_time", left, "1", Goal.atMost(0)));
        }
        boolean alive = service.isAlive();
        figures.add(Figure.of("service.died", alive ? 0 : 1, "1", Goal.atMost(0)));
        if (alive) {
            MetricsPage after = MetricsPage.read(servers.http());
            for (String cause : CAUSES) {
                String name = "modelmill_validation_process_ends_total";
                String label = "cause=\"" + cause + "\"";
                figures.add(Figure.of(
                        "validators.ended." + cause, after.value(name, label) - before.value(name, label), "1"));
            }
        }
        servers.stopRegistry();
        figures.add(Figure.of("folders.left", foldersLeft(), "1", Goal.atMost(0)));
        tellVerdicts(judged, seconds);
        return judged;
    }

    private void tellMemory(MemoryWatch memory) {
        double first = memory.serviceBytes(false);
        double last = memory.serviceBytes(true);
        figures.add(Figure.of("service.resident.first_fifth", first / MEBIBYTE, "MiB"));
        figures.add(Figure.of("service.resident.last_fifth", last / MEBIBYTE, "MiB"));
        figures.add(Figure.of("service.resident.last_over_first", last / first, "ratio", Goal.atMost(1.1)));
        double validator = memory.validatorBytes(false);
        figures.add(Figure.of(
                "validators.resident.last_over_first",
                memory.validatorBytes(true) / validator,
                "ratio",
                Goal.atMost(1.5)));
        figures.add(Figure.of("validators.resident.median_first_fifth", validator / MEBIBYTE, "MiB"));
        figures.add(Figure.of("validators.resident.most", memory.mostValidatorBytes() / MEBIBYTE, "MiB"));
    }

    private void tellVerdicts(List<Judged> judged, double seconds) {
        figures.add(Figure.of("mutants", judged.size(), "1"));
        for (Verdict.State state : Verdict.State.values()) {
            long count = judged.stream()
                    .filter(one -> one.verdict().state() == state)
                    .count();
            String name = "mutants." + state.name().toLowerCase(Locale.ROOT);
            figures.add(
                    state == Verdict.State.LOST
                            ? Figure.of(name, count, "1", Goal.atMost(0))
                            : Figure.of(name, count, "1"));
        }
        figures.add(Figure.of("mutants.refused_without_a_reason", count(judged, String::isBlank), "1", Goal.atMost(0)));
        figures.add(Figure.of(
                "mutants.reasons_with_a_path_of_the_host",
                count(judged, reason -> paths.stream().anyMatch(reason::contains)),
                "1",
                Goal.atMost(0)));
        figures.add(Figure.of("mutants.rate", judged.size() / seconds, "1/s"));
    }

    private static long count(List<Judged> judged, Predicate<String> condition) {
        return judged.stream()
                .map(Judged::verdict)
                .filter(verdict -> verdict.state() != Verdict.State.READY)
                .map(Verdict::reason)
                .filter(condition)
                .count();
    }

    private long foldersLeft() throws IOException {
        try (Stream<Path> files = Files.list(temporary)) {
            return files.filter(file -> file.getFileName().toString().startsWith(FOLDERS))
                    .count();
        }
    }
}
