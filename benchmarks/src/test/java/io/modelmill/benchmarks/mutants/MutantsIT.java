package io.modelmill.benchmarks.mutants;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.fleet.installation.Installation;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code ./modelmill bench mutants --count 300}, as packaged. How long it takes is asserted nowhere. */
class MutantsIT {
    private static final List<String> GOALS = List.of(
            "mutants.lost",
            "mutants.refused_without_a_reason",
            "mutants.reasons_with_a_path_of_the_host",
            "service.died",
            "validators.left_after_idle_time",
            "folders.left");

    @Test
    void everyMutantIsTakenOrRefusedAndNothingIsLeft() throws IOException, InterruptedException {
        Process bench = new ProcessBuilder(
                        Installation.java().toString(),
                        "-Xmx512m",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-jar",
                        Installation.holding(MutantsCommand.class)
                                .home()
                                .resolve("benchmarks/target/benchmarks.jar")
                                .toString(),
                        "mutants",
                        "--count",
                        "300",
                        "--seed",
                        "1",
                        "--rounds",
                        "1")
                .redirectErrorStream(true)
                .start();
        List<String> lines = new ArrayList<>();
        try (BufferedReader output = bench.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                System.out.println(line);
                lines.add(line);
            }
            bench.waitFor();
        } finally {
            // In order, so that it stops what it started.
            bench.destroy();
        }

        assertThat(bench.exitValue()).as(String.join("\n", lines)).isIn(0, 1);
        for (String goal : GOALS) {
            assertThat(lines).as(goal).anyMatch(line -> line.contains(goal) && line.endsWith(" holds"));
        }
    }
}
