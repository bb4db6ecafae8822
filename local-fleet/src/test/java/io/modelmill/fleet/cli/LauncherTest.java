package io.modelmill.fleet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.fleet.installation.Installation;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class LauncherTest {
    @TempDir
    Path directory;

    @Test
    void answersAnUnknownCommandWithHelp() throws IOException {
        Outcome outcome = launch("frobnicate");

        assertThat(outcome.code()).isEqualTo(2);
        assertThat(outcome.text()).contains("unknown command \"frobnicate\"").contains("quickstart");
    }

    @Test
    void findsAJdkFromAnyFolder() throws IOException {
        Outcome outcome = launch("jdk");

        assertThat(outcome.code()).isZero();
        assertThat(Path.of(outcome.text().strip()).resolve("bin/javac")).isExecutable();
    }

    @Test
    void saysWhereNoFleetRuns() {
        assertThat(run("status", "--data", directory.toString()))
                .isEqualTo(new Outcome(1, "No fleet runs on " + directory + ".\n"));
        assertThat(run("down", "--data", directory.toString()))
                .isEqualTo(new Outcome(0, "No fleet runs on " + directory + ".\n"));
    }

    @Test
    void refusesOptionsThatCannotBe() {
        assertThat(run("up", "--data", directory.toString(), "--base-port", "80"))
                .isEqualTo(new Outcome(1, "modelmill: --base-port: 80 (expected: 1024 to 65435)\n"));
        assertThat(run("up", "--data", directory.toString(), "--tls-key", "key.pem")
                        .text())
                .contains("only one given");
        assertThat(run("up", "--frob").code()).isEqualTo(2);
        assertThat(run("logs", "--data", directory.toString(), "gateway").text())
                .contains("logs: \"gateway\" (expected: a fleet that ran)");
        assertThat(run("train", "--data", directory.toString()).code()).isEqualTo(2);
        assertThat(run("train", "none.yaml", "--data", directory.toString()))
                .isEqualTo(new Outcome(1, "modelmill: none.yaml: not there (expected: a recipe in YAML or JSON)\n"));
        String digits = Installation.current().example("digits/mlp.yaml").toString();
        assertThat(run("train", digits, "--tenant", "A B", "--data", directory.toString())
                        .text())
                .contains("--tenant: \"A B\" (expected: [a-z]");
        assertThat(run("train", digits, "--dataset-folder", "none", "--data", directory.toString())
                        .text())
                .contains("none/digits.csv is not there");
        String none = directory.resolve("none").toString();
        assertThat(run("backup").code()).isEqualTo(2);
        assertThat(run("backup", none, "--at", "x").text()).contains("--at: x (expected: only with --verify)");
        assertThat(run("backup", none, "--data", directory.toString()).text())
                .contains(directory + ": no data of a fleet (expected: the folder of one; --data)");
        assertThat(run("backup", "--verify", none).text()).contains(none + ": no folder backups (expected: ");
        assertThat(run("restore", none, "--settings", none).text()).contains("--settings: " + none + " cannot be read");
    }

    private record Outcome(int code, String text) {}

    private Outcome launch(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "/bin/sh", Installation.current().home().resolve("modelmill").toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(process.onExit().join().exitValue(), text);
    }

    private static Outcome run(String... arguments) {
        StringWriter text = new StringWriter();
        CommandLine commandLine = FleetMain.commandLine();
        commandLine.setOut(new PrintWriter(text, true));
        commandLine.setErr(new PrintWriter(text, true));
        commandLine.setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
        return new Outcome(commandLine.execute(arguments), text.toString());
    }
}
