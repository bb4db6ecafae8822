package io.modelmill.benchmarks.inference;

import io.modelmill.benchmarks.figure.Figure;
import io.modelmill.benchmarks.figure.Goal;
import io.modelmill.benchmarks.figure.Median;
import io.modelmill.benchmarks.load.GrpcTarget;
import io.modelmill.benchmarks.load.LoadResult;
import io.modelmill.benchmarks.load.OpenLoop;
import io.modelmill.benchmarks.load.Saturation;
import io.modelmill.benchmarks.model.BenchModel;
import io.modelmill.benchmarks.model.BenchModels;
import io.modelmill.benchmarks.model.ModelFolder;
import io.modelmill.benchmarks.runner.RunOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What the server adds to a call that carries the same bytes and to the run itself. Server, echo and run take turns; the
 * calls come at random times, at a part of the rate at which one caller who waits is answered.
 */
final class OverheadBenchmark implements Benchmark {
    private static final double SHARE_OF_ONE_CALLER = 0.3;
    private static final int WARMING_CALLERS = 4;
    private static final int MOST_OUTSTANDING = 1_000;
    private static final double MICROSECOND = 1e3;
    private static final double TAIL = 1.5;

    /** A model, its name in figures, and the most microseconds that its overhead may be. */
    private record Case(String name, BenchModel model, double mostMicroseconds) {}

    private final List<Case> cases =
            List.of(new Case("1kb", BenchModels.small(), 100), new Case("600kb", BenchModels.pooledImage(), 250));

    /** Nanoseconds of one round. */
    private record Round(LoadResult server, LoadResult echo, RunOutcome run) {
        double overhead() {
            return server.nanos(50) - echo.nanos(50) - run.medianNanos();
        }

        double tailRatio() {
            return server.nanos(99) / (echo.nanos(99) + run.tailNanos());
        }
    }

    @Override
    public String title() {
        return "overhead: a prediction less a bare call of the same bytes less the run";
    }

    @Override
    public void prepare(ModelFolder folder) {
        cases.forEach(each -> folder.add(each.model(), 1));
    }

    @Override
    public List<Figure> run(Bench bench) throws InterruptedException {
        List<Figure> figures = new ArrayList<>();
        for (Case each : cases) {
            figures.addAll(measure(bench, each));
        }
        return figures;
    }

    private static List<Figure> measure(Bench bench, Case each) throws InterruptedException {
        Pace pace = bench.pace();
        GrpcTarget predictions = bench.predictions(each.model());
        GrpcTarget echoes = bench.echoes(each.model(), predictions.callOnce());
        pace.compilation(WARMING_CALLERS).await(echoes, bench.echo()::usage);
        pace.compilation(WARMING_CALLERS).await(predictions, bench.server()::usage);
        double rate = SHARE_OF_ONE_CALLER
                * new Saturation(1, pace.warmUp(), pace.measured())
                        .run(predictions)
                        .perSecond();
        OpenLoop loop = new OpenLoop(pace.warmUp(), pace.measured(), MOST_OUTSTANDING);
        List<Round> rounds = new ArrayList<>();
        for (int i = 0; i < pace.rounds(); i++) {
            Round round = new Round(
                    loop.run(List.of(new OpenLoop.Source(predictions, rate, i))).getFirst(),
                    loop.run(List.of(new OpenLoop.Source(echoes, rate, i))).getFirst(),
                    bench.runs(each.model()));
            rounds.add(round);
            bench.tell(
                    "%s at %.0f/s: median %.0f us - echo %.0f us - run %.1f us = %.0f us; p99 %.0f us, echo %.0f us, run %.1f us",
                    each.name(),
                    rate,
                    round.server().nanos(50) / MICROSECOND,
                    round.echo().nanos(50) / MICROSECOND,
                    round.run().medianNanos() / MICROSECOND,
                    round.overhead() / MICROSECOND,
                    round.server().nanos(99) / MICROSECOND,
                    round.echo().nanos(99) / MICROSECOND,
                    round.run().tailNanos() / MICROSECOND);
        }
        String prefix = "overhead." + each.name();
        return List.of(
                Figure.of(prefix + ".request", predictions.requestBytes(), "bytes"),
                Figure.of(prefix + ".rate", rate, "1/s"),
                microseconds(
                        prefix + ".prediction.p50",
                        rounds,
                        round -> round.server().nanos(50)),
                microseconds(prefix + ".echo.p50", rounds, round -> round.echo().nanos(50)),
                microseconds(prefix + ".run.p50", rounds, round -> round.run().medianNanos()),
                microseconds(
                        prefix + ".prediction.p99",
                        rounds,
                        round -> round.server().nanos(99)),
                microseconds(prefix + ".echo.p99", rounds, round -> round.echo().nanos(99)),
                microseconds(prefix + ".run.p99", rounds, round -> round.run().tailNanos()),
                Figure.of(
                        prefix + ".failed",
                        rounds.stream()
                                .mapToLong(round ->
                                        round.server().failed() + round.echo().failed())
                                .sum(),
                        "calls",
                        Goal.atMost(0)),
                Figure.of(
                        prefix + ".p50",
                        median(rounds, Round::overhead) / MICROSECOND,
                        "us",
                        Goal.atMost(each.mostMicroseconds())),
                Figure.of(prefix + ".p99_of_parts", median(rounds, Round::tailRatio), "ratio", Goal.atMost(TAIL)));
    }

    private static Figure microseconds(String name, List<Round> rounds, ToDoubleFunction<Round> nanoseconds) {
        return Figure.of(name, median(rounds, nanoseconds) / MICROSECOND, "us");
    }

    private static double median(List<Round> rounds, ToDoubleFunction<Round> value) {
        return Median.of(rounds.stream().map(value::applyAsDouble).toList());
    }
}
