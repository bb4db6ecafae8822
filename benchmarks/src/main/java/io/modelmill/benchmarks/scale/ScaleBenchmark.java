package io.modelmill.benchmarks.scale;

import io.grpc.StatusException;
import io.modelmill.benchmarks.figure.Figure;
import io.modelmill.benchmarks.figure.Goal;
import io.modelmill.benchmarks.scale.ScaleServers.Installed;
import io.modelmill.benchmarks.servers.XorTenant;
import io.modelmill.fleet.client.GatewayConnection;
import io.modelmill.fleet.client.TrainingClient;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.process.Poll;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;

/** Measures by turns at a nearly empty database and at a full one, so that both meet the same machine. */
final class ScaleBenchmark implements AutoCloseable {
    private static final Goal MILLIS = Goal.atMost(20);
    private static final Goal RATIO = Goal.atMost(1.5);
    private static final Duration PASSES = Duration.ofMinutes(3);

    private final HttpClient http = HttpClient.newHttpClient();
    private final Side empty;
    private final Side full;
    private final List<XorTenant> tenants;
    private final Consumer<String> log;

    ScaleBenchmark(Installed empty, Installed full, List<XorTenant> tenants, Consumer<String> log) {
        this.empty = new Side(empty);
        this.full = new Side(full);
        this.tenants = List.copyOf(tenants);
        this.log = log;
    }

    /** Calls and passes that are not counted: the services' code is compiled in them. */
    void warmUp(int submissions, int passes) throws StatusException {
        for (Side side : List.of(empty, full)) {
            side.submit(submissions);
            side.start(passes);
            side.forget();
        }
    }

    /**
     * Measures one round.
     *
     * @param submissions one after the other
     * @param passes that start a job
     */
    void round(int number, int submissions, int passes) throws StatusException {
        List<Side> order = number % 2 == 0 ? List.of(empty, full) : List.of(full, empty);
        for (Side side : order) {
            side.submit(submissions);
        }
        for (Side side : order) {
            side.start(passes);
        }
        log.accept("round " + number + ": " + empty.told() + "; " + full.told());
    }

    /** What came of all rounds. */
    List<Figure> figures() {
        List<Figure> figures = new ArrayList<>();
        for (Side side : List.of(empty, full)) {
            String of = "." + side.installed.name();
            figures.add(Figure.of("submit.p50" + of, side.submitMillis(50), "ms"));
            figures.add(Figure.of("submit.p99" + of, side.submitMillis(99), "ms", MILLIS));
            figures.add(Figure.of("pass.start.mean" + of, side.starts().meanMillis(), "ms", MILLIS));
            figures.add(Figure.of("pass.start.p99" + of, side.starts().millis(0.99), "ms", MILLIS));
            figures.add(Figure.of("pass.idle.count" + of, side.idles().count(), ""));
            figures.add(Figure.of("pass.idle.mean" + of, side.idles().meanMillis(), "ms", MILLIS));
            figures.add(Figure.of("pass.idle.p99" + of, side.idles().millis(0.99), "ms", MILLIS));
        }
        figures.add(ratio("submit.p50", full.submitMillis(50) / empty.submitMillis(50)));
        figures.add(ratio("submit.p99", full.submitMillis(99) / empty.submitMillis(99)));
        figures.add(ratio(
                "pass.start.mean", full.starts().meanMillis() / empty.starts().meanMillis()));
        figures.add(ratio(
                "pass.idle.mean", full.idles().meanMillis() / empty.idles().meanMillis()));
        return figures;
    }

    private static Figure ratio(String name, double value) {
        return Figure.of(name + ".full_of_empty", value, "ratio", RATIO);
    }

    @Override
    public void close() {
        empty.gateway.close();
        full.gateway.close();
        http.close();
    }

    /** One of the two installations, and what was measured there. */
    private final class Side {
        private final Installed installed;
        private final GatewayConnection gateway;
        private final Histogram submits = new Histogram(3);
        private Optional<PassHistogram> starts = Optional.empty();
        private Optional<PassHistogram> idles = Optional.empty();
        private long calls;

        Side(Installed installed) {
            this.installed = installed;
            this.gateway = GatewayConnection.open(installed.gateway(), Optional.empty());
        }

        void submit(int number) throws StatusException {
            PassHistogram before = passes("none");
            for (int i = 0; i < number; i++) {
                XorTenant tenant = tenants.get((int) (calls++ % tenants.size()));
                TrainingClient client = new TrainingClient(gateway.with(tenant.credential()), tenant.id());
                long begin = System.nanoTime();
                String job = client.submit(XorTenant.SPEC, "{}", tenant.model(), tenant.datasetVersion());
                submits.recordValue(System.nanoTime() - begin);
                if (!job.startsWith("tenants/" + tenant.id() + "/")) {
                    throw new IllegalStateException("an answer for another: " + job);
                }
            }
            // Each submission wakes the scheduler, which finds the only place held.
            PassHistogram looked = passes("none").since(before);
            idles = Optional.of(idles.map(looked::plus).orElse(looked));
        }

        /** Lets workers end until so many others were started in their place. */
        void start(int number) {
            PassHistogram before = passes("started");
            installed.letWorkersGo();
            Optional<PassHistogram> enough = Poll.until(
                    PASSES,
                    () -> Optional.of(passes("started").since(before)).filter(started -> started.count() >= number));
            if (enough.isEmpty()) {
                throw new FleetException("fewer than " + number + " jobs were started in " + PASSES.toSeconds()
                        + " s: see the log of training-" + installed.name());
            }
            installed.holdWorkers();
            PassHistogram started = passes("started").since(before);
            starts = Optional.of(starts.map(started::plus).orElse(started));
        }

        void forget() {
            submits.reset();
            starts = Optional.empty();
            idles = Optional.empty();
        }

        double submitMillis(double percentile) {
            return submits.getValueAtPercentile(percentile) / 1e6;
        }

        PassHistogram starts() {
            return starts.orElseThrow();
        }

        PassHistogram idles() {
            return idles.orElseThrow();
        }

        String told() {
            return String.format(
                    Locale.ROOT,
                    "%s: submit p50 %.1f ms, p99 %.1f ms; a pass that starts a job %.1f ms, one that does not %.1f ms",
                    installed.name(),
                    submitMillis(50),
                    submitMillis(99),
                    starts().meanMillis(),
                    idles().meanMillis());
        }

        private PassHistogram passes(String outcome) {
            return PassHistogram.read(http, installed.http(), outcome);
        }
    }
}
