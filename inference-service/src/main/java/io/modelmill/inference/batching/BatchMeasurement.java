package io.modelmill.inference.batching;

import io.modelmill.inference.model.ServingSpec;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.model.TensorSpec;
import io.modelmill.inference.session.GraphRunner;
import io.modelmill.inference.session.OutputTensor;
import io.modelmill.inference.session.RunResult;
import io.modelmill.inference.session.Termination;
import io.modelmill.servicekit.error.ServiceException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Finds out at a load whether a graph may be batched, and what it gains. Models differ by more than any rule knows: on a
 * CPU a small one gains sevenfold, a ResNet nothing.
 */
public final class BatchMeasurement {
    private static final Logger LOG = Logger.getLogger(BatchMeasurement.class);

    private static final int THREAD = 0;
    private static final int[] SIZES = {1, 2, 4, 8, 16, 32};
    private static final long BUDGET_NANOS = Duration.ofMillis(200).toNanos();
    /** Time on a run thread in one go, for calls wait meanwhile. */
    private static final long TURN_NANOS = Duration.ofMillis(2).toNanos();
    /** Below it the larger batches are not worth what they add to a call's time. */
    private static final double LEAST_GAIN = 1.1;

    private static final double CLOSE_TO_BEST = 0.95;
    /** Of variable axes: short ones first; images are refused below a size that their layers leave nothing of. */
    private static final int[] LENGTHS = {8, 32, 224};

    private final LongSupplier clock;
    private final RunScheduler scheduler;
    private final GraphRunner runner;
    private final String name;
    private final Signature signature;
    private final List<String> outputs;

    /** @param name for logs */
    public BatchMeasurement(RunScheduler scheduler, GraphRunner runner, String name) {
        this(scheduler, runner, name, System::nanoTime);
    }

    BatchMeasurement(RunScheduler scheduler, GraphRunner runner, String name, LongSupplier clock) {
        this.clock = clock;
        this.scheduler = scheduler;
        this.runner = runner;
        this.name = name;
        this.signature = runner.signature();
        this.outputs = signature.outputs().stream().map(TensorSpec::name).toList();
    }

    /**
     * Measures on made-up rows, between the runs of callers, for some 200 ms; a run that takes longer is not repeated.
     *
     * @param wanted what the version's owner says, which comes before what is measured, except that rows which depend on
     *     each other are never batched
     * @throws IllegalArgumentException if it asks for padding of what the graph does not have, in words for its owner
     */
    public BatchPolicy policy(ServingSpec wanted) throws InterruptedException {
        wanted.padding().ifPresent(padding -> {
            var _ = new Padder(padding, signature);
        });
        BatchPolicy measured = policy(wanted.batching());
        return new BatchPolicy(measured.limits(), measured.runNanos(), wanted.padding());
    }

    private BatchPolicy policy(ServingSpec.Batching wanted) throws InterruptedException {
        if (wanted.maxBatchSize().orElse(0) == 1) {
            return unbatched("its owner says so");
        }
        String obstacle = obstacle();
        if (obstacle != null) {
            return unbatched(obstacle);
        }
        RandomRows rows = acceptedRows();
        if (rows == null) {
            // Its owner may know rows that the graph takes; the batcher itself runs refused batches one by one.
            return wanted.maxBatchSize().isPresent()
                    ? batched(wanted, wanted.maxBatchSize().getAsInt(), Map.of())
                    : unbatched("its graph refuses made-up rows");
        }
        try {
            String dependence = dependence(rows);
            return dependence == null ? measured(wanted, rows) : unbatched(dependence);
        } catch (ExecutionException e) {
            LOG.warnf(e.getCause(), "%s: not measured", name);
            return unbatched("a run of made-up rows failed");
        }
    }

    /** Why its signature rules out batches; null if it does not. */
    private @Nullable String obstacle() {
        if (signature.inputs().isEmpty()) {
            return "it has no inputs";
        }
        for (TensorSpec input : signature.inputs()) {
            if (!input.datatype().canBeFed()) {
                return "input " + input.name() + " cannot be fed";
            }
        }
        return Stream.concat(signature.inputs().stream(), signature.outputs().stream())
                .filter(spec -> spec.shape().isEmpty() || spec.shape().getFirst() >= 0)
                .findFirst()
                .map(spec -> spec.name() + " " + spec.shape() + " has no variable first axis")
                .orElse(null);
    }

    /** Made-up rows that the graph takes; null if there are none. */
    private @Nullable RandomRows acceptedRows() throws InterruptedException {
        for (int length : LENGTHS) {
            RandomRows rows = new RandomRows(signature, length);
            try {
                var _ = run(rows, 0, 1);
                return rows;
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof ServiceException)) {
                    LOG.warnf(e.getCause(), "%s: not measured", name);
                    return null;
                }
            }
        }
        return null;
    }

    /** How a row's answer depends on the rows beside it; null if it does not. */
    private @Nullable String dependence(RandomRows rows) throws ExecutionException, InterruptedException {
        List<OutputTensor> first = run(rows, 0, 1);
        List<OutputTensor> second = run(rows, 1, 1);
        List<OutputTensor> both = run(rows, 0, 2);
        for (int output = 0; output < both.size(); output++) {
            OutputTensor together = both.get(output);
            if (together.shape().isEmpty() || together.shape().getFirst() != 2) {
                return "output " + together.name() + " " + together.shape() + " of 2 rows has no 2 rows";
            }
            if (!OutputCopy.areClose(first.get(output), together.rows(0, 1))
                    || !OutputCopy.areClose(second.get(output), together.rows(1, 1))) {
                return "output " + together.name() + " of a row depends on the rows beside it";
            }
        }
        return null;
    }

    private BatchPolicy measured(ServingSpec.Batching wanted, RandomRows rows)
            throws ExecutionException, InterruptedException {
        Map<Integer, Long> nanos = new TreeMap<>();
        int most = wanted.maxBatchSize().orElse(SIZES[SIZES.length - 1]);
        long spent = 0;
        for (int size : SIZES) {
            long expected = nanos.getOrDefault(1, 0L) * size;
            boolean isCheap = spent + expected <= 2 * BUDGET_NANOS;
            // Also of a slow model two sizes are known.
            if (size <= most && (isCheap || nanos.size() < 2)) {
                long begin = clock.getAsLong();
                nanos.put(size, fastest(rows, size));
                spent += clock.getAsLong() - begin;
            }
        }
        if (wanted.maxBatchSize().isPresent()) {
            return batched(wanted, most, nanos);
        }
        double best = nanos.entrySet().stream()
                .mapToDouble(BatchMeasurement::rowsPerSecond)
                .max()
                .orElseThrow();
        double single = rowsPerSecond(Map.entry(1, nanos.getOrDefault(1, Long.MAX_VALUE)));
        if (best < single * LEAST_GAIN) {
            LOG.infof("%s: not batched, for it gains less than a tenth: %s", name, text(nanos));
            return new BatchPolicy(BatchLimits.UNBATCHED, nanos);
        }
        for (Map.Entry<Integer, Long> size : nanos.entrySet()) {
            if (rowsPerSecond(size) >= best * CLOSE_TO_BEST) {
                return batched(wanted, size.getKey(), nanos);
            }
        }
        throw new IllegalStateException("no size is the best");
    }

    /** Time of the fastest of some runs, the first not counted: what it takes when no neighbour disturbs it. */
    private long fastest(RandomRows rows, int size) throws ExecutionException, InterruptedException {
        var inputs = rows.inputs(0, size);
        long end = clock.getAsLong() + BUDGET_NANOS / SIZES.length;
        long fastest = Long.MAX_VALUE;
        boolean warm = false;
        while (fastest == Long.MAX_VALUE || clock.getAsLong() < end) {
            boolean warmed = warm;
            long turn = scheduler.call(THREAD, () -> {
                long least = Long.MAX_VALUE;
                long begin = clock.getAsLong();
                long now = begin;
                do {
                    long before = now;
                    runner.run(THREAD, inputs, outputs, new Termination()).close();
                    now = clock.getAsLong();
                    if (warmed || before != begin) {
                        least = Math.min(least, now - before);
                    }
                } while (now - begin < TURN_NANOS);
                return least;
            });
            warm = true;
            fastest = Math.min(fastest, turn);
        }
        return Math.max(1, fastest);
    }

    private BatchPolicy batched(ServingSpec.Batching wanted, int most, Map<Integer, Long> nanos) {
        LOG.infof(
                "%s: batches of up to %d rows%s%s",
                name,
                most,
                wanted.maxBatchSize().isPresent() ? ", as its owner says" : "",
                nanos.isEmpty() ? "" : ": " + text(nanos));
        return new BatchPolicy(new BatchLimits(most, wanted.maxQueueDelay().toNanos(), wanted.preferredSizes()), nanos);
    }

    private BatchPolicy unbatched(String why) {
        LOG.infof("%s: not batched: %s", name, why);
        return BatchPolicy.UNBATCHED;
    }

    private static String text(Map<Integer, Long> nanos) {
        return nanos.entrySet().stream()
                .map(size -> String.format(Locale.ROOT, "%d: %.0f", size.getKey(), rowsPerSecond(size)))
                .collect(Collectors.joining(", ", "rows/s by rows ", ""));
    }

    private static double rowsPerSecond(Map.Entry<Integer, Long> size) {
        return size.getKey() * (double) Duration.ofSeconds(1).toNanos() / size.getValue();
    }

    private List<OutputTensor> run(RandomRows rows, int first, int count)
            throws ExecutionException, InterruptedException {
        return scheduler.call(THREAD, () -> {
            try (RunResult result = runner.run(THREAD, rows.inputs(first, count), outputs, new Termination())) {
                return OutputCopy.of(result.outputs());
            }
        });
    }
}
