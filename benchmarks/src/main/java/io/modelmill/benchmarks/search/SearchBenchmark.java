package io.modelmill.benchmarks.search;

import io.grpc.StatusException;
import io.modelmill.benchmarks.figure.Figure;
import io.modelmill.benchmarks.figure.Goal;
import io.modelmill.benchmarks.search.VersionSearchClient.Found;
import io.modelmill.benchmarks.search.VersionSearchClient.Query;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Searches of a tenant with few versions and of one with very many, by turns: both meet the same machine. */
final class SearchBenchmark {
    private static final int PAGE = 50;
    private static final int LARGE_PAGE = 1_000;
    private static final Goal MILLIS = Goal.atMost(100);
    private static final Goal RATIO = Goal.atMost(2);
    private static final Query NEWEST = new Query("newest", "", "");
    private static final List<Query> QUERIES = List.of(
            NEWEST,
            new Query("task", "task = image-classification", ""),
            new Query("tag.rare", "tags.rare = yes", ""),
            new Query("metric.best", "", "metrics.test_accuracy desc"),
            new Query("metric.few", "metrics.test_accuracy >= 0.999", ""),
            new Query("many", "task = image* AND metrics.test_accuracy > 0.5 AND NOT tags:some", "size_bytes desc"),
            new Query("nothing", "metrics.test_accuracy > 1 OR tags.none = yes", ""));

    private final VersionSearchClient few;
    private final VersionSearchClient many;
    private final Map<String, Histogram> times = new LinkedHashMap<>();

    SearchBenchmark(VersionSearchClient few, VersionSearchClient many) {
        this.few = few;
        this.many = many;
    }

    /** Searches some times each; what was measured before counts no more. */
    void warmUp(int searches) throws StatusException {
        round(searches);
        times.clear();
    }

    /** Searches each so many times, at both tenants, and late pages of the tenant with many. */
    void round(int searches) throws StatusException {
        String late = lateToken();
        for (int i = 0; i < searches; i++) {
            for (Query query : QUERIES) {
                time("few", query, few, "");
                time("many", query, many, "");
            }
            time("late", NEWEST, many, late);
        }
    }

    /** Begins the page behind nine tenths of all. */
    private String lateToken() throws StatusException {
        List<String> tokens = new ArrayList<>();
        Found page = many.find(NEWEST, LARGE_PAGE, "");
        while (!page.nextToken().isEmpty()) {
            tokens.add(page.nextToken());
            page = many.find(NEWEST, LARGE_PAGE, page.nextToken());
        }
        return tokens.get(tokens.size() * 9 / 10);
    }

    private void time(String of, Query query, VersionSearchClient client, String token) throws StatusException {
        long begin = System.nanoTime();
        Found found = client.find(query, PAGE, token);
        times.computeIfAbsent(query.name() + "." + of, name -> new Histogram(3)).recordValue(System.nanoTime() - begin);
        boolean expectsNone = query.name().equals("nothing");
        if (found.versions() == 0 != expectsNone) {
            throw new IllegalStateException(query + " found " + found.versions() + " versions");
        }
    }

    List<Figure> figures() {
        List<Figure> figures = new ArrayList<>();
        times.forEach((name, histogram) -> {
            figures.add(Figure.of(name + ".p50", millis(name, 50), "ms"));
            figures.add(
                    name.endsWith(".few")
                            ? Figure.of(name + ".p99", millis(name, 99), "ms")
                            : Figure.of(name + ".p99", millis(name, 99), "ms", MILLIS));
        });
        figures.add(Figure.of(
                "newest.p50.late_of_first", millis("newest.late", 50) / millis("newest.many", 50), "ratio", RATIO));
        for (Query query : QUERIES) {
            figures.add(Figure.of(
                    query.name() + ".p50.many_of_few",
                    millis(query.name() + ".many", 50) / millis(query.name() + ".few", 50),
                    "ratio"));
        }
        return figures;
    }

    private double millis(String name, double percentile) {
        return times.getOrDefault(name, new Histogram(3)).getValueAtPercentile(percentile) / 1e6;
    }
}
