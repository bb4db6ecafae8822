package io.modelmill.benchmarks.mutants;

import io.grpc.Status;
import io.grpc.StatusException;
import io.modelmill.fleet.process.Poll;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Sends mutants from several lanes and waits for each one's verdict. */
final class MutantRun {
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final int LANES = 8;
    /** Versions of one model: more would make a serving state larger than a broker takes. */
    private static final int VERSIONS = 50;

    private static final int TELL = 500;

    private final MutantClient client;
    private final Mutants mutants;
    private final String prefix;
    private final Consumer<String> tell;

    /** @param prefix of the models' ids */
    MutantRun(MutantClient client, Mutants mutants, String prefix, Consumer<String> tell) {
        this.client = client;
        this.mutants = mutants;
        this.prefix = prefix;
        this.tell = tell;
    }

    /** Verdicts by number, with the mutations' names. */
    List<Judged> send(int count) throws InterruptedException, ExecutionException {
        AtomicInteger next = new AtomicInteger();
        List<Judged> all = new ArrayList<>();
        try (ExecutorService lanes = Executors.newFixedThreadPool(LANES)) {
            List<Future<List<Judged>>> futures = new ArrayList<>();
            for (int lane = 0; lane < LANES; lane++) {
                futures.add(lanes.submit(() -> lane(next, count)));
            }
            for (Future<List<Judged>> future : futures) {
                all.addAll(future.get());
            }
        }
        return all;
    }

    private List<Judged> lane(AtomicInteger next, int count) throws StatusException, IOException {
        List<Judged> judged = new ArrayList<>();
        String model = "";
        for (int number = next.getAndIncrement(); number < count; number = next.getAndIncrement()) {
            if (judged.size() % VERSIONS == 0) {
                model = client.createModel(prefix + number);
            }
            judged.add(new Judged(mutants.mutation(number), judge(model, mutants.make(number))));
            if ((number + 1) % TELL == 0) {
                tell.accept((number + 1) + " of " + count);
            }
        }
        return judged;
    }

    private Verdict judge(String model, Mutant mutant) {
        try {
            String version = client.send(model, mutant);
            return Poll.until(LIMIT, () -> looked(version))
                    .orElseGet(() -> new Verdict(Verdict.State.LOST, version + " not decided within " + LIMIT));
        } catch (StatusException e) {
            String said = e.getStatus().getCode() + ": " + e.getStatus().getDescription();
            return new Verdict(
                    e.getStatus().getCode() == Status.Code.INVALID_ARGUMENT
                            ? Verdict.State.INVALID
                            : Verdict.State.LOST,
                    said);
        }
    }

    private Optional<Verdict> looked(String version) {
        try {
            return client.look(version);
        } catch (StatusException e) {
            return Optional.of(new Verdict(Verdict.State.LOST, e.getStatus().toString()));
        }
    }

    /** Verdicts by state, for each mutation one line. */
    static Map<String, Map<Verdict.State, Integer>> table(List<Judged> judged) {
        Map<String, Map<Verdict.State, Integer>> table = new TreeMap<>();
        for (Judged one : judged) {
            table.computeIfAbsent(one.mutation(), name -> new TreeMap<>())
                    .merge(one.verdict().state(), 1, Integer::sum);
        }
        return table;
    }

    record Judged(String mutation, Verdict verdict) {}
}
