package io.modelmill.benchmarks.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.fleet.installation.Installation;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code ./modelmill bench rollout --quick}, as packaged. How long anything takes is asserted nowhere. */
class RolloutBenchmarkIT {
    @Test
    void failsNoCallAndTellsNothingTooEarly() throws IOException, InterruptedException {
        Process benchmark = new ProcessBuilder(
                        Installation.java().toString(),
                        "-Xmx512m",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-jar",
                        Installation.holding(RolloutCommand.class)
                                .home()
                                .resolve("benchmarks/target/benchmarks.jar")
                                .toString(),
                        "rollout",
                        "--quick")
                .redirectErrorStream(true)
                .start();
        List<String> lines = new ArrayList<>();
        try (BufferedReader output = benchmark.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                System.out.println(line);
                lines.add(line);
            }
            benchmark.waitFor();
        } finally {
            // In order, so that it stops what it started.
            benchmark.destroy();
        }

        assertThat(benchmark.exitValue()).as(String.join("\n", lines)).isZero();
        assertThat(lines)
                .anyMatch(line -> line.contains("calls.failed") && line.endsWith("holds"))
                .anyMatch(line -> line.contains("told.too_early") && line.endsWith("holds"))
                .anyMatch(line -> line.contains("answered.never") && line.endsWith("holds"));
    }
}
