package io.modelmill.benchmarks.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.fleet.installation.Installation;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code ./modelmill bench faults --quick}, as packaged. How long it takes is asserted nowhere. */
class FaultCampaignIT {
    private static final long SEED = 1;

    @Test
    void losesAndDoublesNothing() throws IOException, InterruptedException {
        Process campaign = new ProcessBuilder(
                        Installation.java().toString(),
                        "-Xmx512m",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-jar",
                        Installation.holding(FaultsCommand.class)
                                .home()
                                .resolve("benchmarks/target/benchmarks.jar")
                                .toString(),
                        "faults",
                        "--quick",
                        "--seed",
                        Long.toString(SEED))
                .redirectErrorStream(true)
                .start();
        List<String> lines = new ArrayList<>();
        try (BufferedReader output = campaign.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                System.out.println(line);
                lines.add(line);
            }
            campaign.waitFor();
        } finally {
            // In order, so that it stops what it started.
            campaign.destroy();
        }

        assertThat(campaign.exitValue()).as(String.join("\n", lines)).isZero();
        assertThat(lines).anyMatch(line -> line.contains("submissions.lost") && line.endsWith("holds"));
    }
}
