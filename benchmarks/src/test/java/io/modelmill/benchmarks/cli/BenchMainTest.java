package io.modelmill.benchmarks.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class BenchMainTest {
    @TempDir
    Path directory;

    @Test
    void tellsTheBenchmarks() {
        assertThat(run())
                .isEqualTo(
                        "0 Benchmarks: inference, predict, training, sweep, faults, scale, rollout, mutants, search\n");
    }

    @Test
    void refusesWhatCannotBe() {
        assertThat(run("predict", "--seconds", "0")).isEqualTo("1 modelmill: --seconds: 0 (expected: >= 1)\n");
        assertThat(run("inference", "--seconds", "-1"))
                .isEqualTo("1 modelmill: --seconds: -1.0 (expected: above 0, at most 600)\n");
        assertThat(run("inference", "--only", "1,9")).startsWith("1 modelmill: --only: 9 (expected: some of [1");
        assertThat(run("training", "--rows", "63")).isEqualTo("1 modelmill: --rows: 63 (expected: 64 to 1000000)\n");
        assertThat(run("sweep", "--seeds", "0")).isEqualTo("1 modelmill: --seeds: 0 (expected: 1 to 1000)\n");
        assertThat(run("faults", "--submissions", "0"))
                .isEqualTo("1 modelmill: --submissions: 0 (expected: 1 to 100000)\n");
        assertThat(run("faults", "--submissions", "10", "--real", "11"))
                .isEqualTo("1 modelmill: --real: 11 (expected: 0 to 10, the number of submissions)\n");
        assertThat(run("faults", "--minutes", "0.5")).isEqualTo("1 modelmill: --minutes: 0.5 (expected: 1 to 600)\n");
        assertThat(run("scale", "--jobs", "999")).isEqualTo("1 modelmill: --jobs: 999 (expected: 1000 to 10000000)\n");
        assertThat(run("scale", "--tenants", "19"))
                .isEqualTo("1 modelmill: --tenants: 19 (expected: 20 to half the jobs)\n");
        assertThat(run("scale", "--rounds", "0")).isEqualTo("1 modelmill: --rounds: 0 (expected: 1 to 100)\n");
        assertThat(run("rollout", "--moves", "0")).isEqualTo("1 modelmill: --moves: 0 (expected: 1 to 100000)\n");
        assertThat(run("rollout", "--outages", "-1")).isEqualTo("1 modelmill: --outages: -1 (expected: 0 to 1000)\n");
        assertThat(run("rollout", "--rate", "0")).isEqualTo("1 modelmill: --rate: 0 (expected: 1 to 10000)\n");
        assertThat(run("frob")).startsWith("2 Unmatched argument");
    }

    @Test
    void keepsNoCampaignAmongOtherFiles() throws IOException {
        Files.createFile(directory.resolve("mine"));

        assertThat(run("faults", "--data", directory.toString()))
                .isEqualTo("1 modelmill: --data: " + directory + " is not empty (expected: a new or empty folder)\n");
    }

    @Test
    void saysWhereNoFleetRuns() {
        assertThat(run("predict", "--data", directory.toString()))
                .isEqualTo("1 modelmill: no fleet runs on " + directory + "; start it: modelmill up\n");
    }

    private static String run(String... arguments) {
        StringWriter text = new StringWriter();
        CommandLine commandLine = BenchMain.commandLine();
        commandLine.setOut(new PrintWriter(text, true));
        commandLine.setErr(new PrintWriter(text, true));
        commandLine.setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
        return commandLine.execute(arguments) + " " + text;
    }
}
