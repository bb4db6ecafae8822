package io.modelmill.benchmarks.scale;

import io.modelmill.benchmarks.machine.LoopbackPort;
import io.modelmill.fleet.installation.FleetException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How long training-service's passes took since its start, as its metrics tell.
 *
 * @param seconds of all together
 * @param count how many there were
 * @param atMost how many took at most so many seconds
 */
record PassHistogram(double seconds, long count, Map<Double, Long> atMost) {
    private static final Pattern LINE = Pattern.compile(
            "modelmill_training_pass_seconds_(bucket|sum|count)\\{outcome=\"(\\w+)\"(?:,le=\"([^\"]+)\")?,?} (\\S+)");
    private static final Duration LIMIT = Duration.ofSeconds(10);

    /**
     * Asks a service.
     *
     * @param http port of its metrics
     * @param outcome of the passes: {@code started} or {@code none}
     */
    static PassHistogram read(HttpClient client, int http, String outcome) {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://" + LoopbackPort.HOST + ":" + http + "/q/metrics"))
                .header("accept", "text/plain")
                .timeout(LIMIT)
                .build();
        try {
            return parse(
                    client.send(request, HttpResponse.BodyHandlers.ofString()).body(), outcome);
        } catch (IOException e) {
            throw new FleetException("training-service does not tell its metrics at port " + http + ": " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FleetException("interrupted while training-service was asked for its metrics", e);
        }
    }

    static PassHistogram parse(String metrics, String outcome) {
        double seconds = 0;
        long count = 0;
        Map<Double, Long> atMost = new TreeMap<>();
        for (Matcher line = LINE.matcher(metrics); line.find(); ) {
            double value = Double.parseDouble(line.group(4));
            if (!line.group(2).equals(outcome)) {
                continue;
            }
            switch (line.group(1)) {
                case "sum" -> seconds = value;
                case "count" -> count = (long) value;
                default ->
                    atMost.put(
                            line.group(3).equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(line.group(3)),
                            (long) value);
            }
        }
        if (atMost.isEmpty()) {
            throw new IllegalStateException(
                    "no metric modelmill_training_pass_seconds with outcome=\"" + outcome + "\"");
        }
        return new PassHistogram(seconds, count, atMost);
    }

    /** Those since an earlier look. */
    PassHistogram since(PassHistogram before) {
        Map<Double, Long> rest = new TreeMap<>();
        atMost.forEach((bound, number) -> rest.put(bound, number - before.atMost.getOrDefault(bound, 0L)));
        return new PassHistogram(seconds - before.seconds, count - before.count, rest);
    }

    /** These and others. */
    PassHistogram plus(PassHistogram other) {
        Map<Double, Long> sum = new TreeMap<>(atMost);
        other.atMost.forEach((bound, number) -> sum.merge(bound, number, Long::sum));
        return new PassHistogram(seconds + other.seconds, count + other.count, sum);
    }

    /** Milliseconds of the mean. */
    double meanMillis() {
        return seconds / count * 1e3;
    }

    /** Milliseconds that a share of them took at most: the upper end of the bucket, and so never too few. */
    double millis(double share) {
        return atMost.entrySet().stream()
                        .filter(bucket -> bucket.getValue() >= Math.ceil(count * share))
                        .mapToDouble(Map.Entry::getKey)
                        .min()
                        .orElse(Double.NaN)
                * 1e3;
    }
}
