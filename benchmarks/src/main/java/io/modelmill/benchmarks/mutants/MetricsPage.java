package io.modelmill.benchmarks.mutants;

import io.modelmill.benchmarks.machine.LoopbackPort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** What a service tells Prometheus. */
final class MetricsPage {
    private final String text;

    private MetricsPage(String text) {
        this.text = text;
    }

    static MetricsPage read(int port) {
        try (HttpClient client = HttpClient.newHttpClient()) {
            URI address = URI.create("http://" + LoopbackPort.HOST + ":" + port + "/q/metrics");
            return new MetricsPage(
                    client.send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString())
                            .body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /**
     * A counter's value, 0 if it never counted.
     *
     * @param label such as {@code cause="crashed"}
     */
    double value(String name, String label) {
        return text.lines()
                .filter(line -> line.startsWith(name + "{") && line.contains(label))
                .mapToDouble(line -> value(line.substring(line.indexOf("} ") + 2)))
                .sum();
    }

    /** The first word; an exemplar may stand behind it. */
    private static double value(String words) {
        int end = words.indexOf(' ');
        return Double.parseDouble(end < 0 ? words : words.substring(0, end));
    }
}
