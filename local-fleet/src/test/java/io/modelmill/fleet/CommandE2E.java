package io.modelmill.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.fleet.fixture.FreePorts;
import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.installation.FleetPorts;
import io.modelmill.fleet.installation.Installation;
import io.modelmill.fleet.process.Poll;
import io.modelmill.fleet.process.ProcessRef;
import io.modelmill.fleet.process.Processes;
import io.modelmill.fleet.supervision.FleetState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The launcher's commands as people give them, on a data folder of their own. First, while no other fleet runs. */
@Timeout(value = 6, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Order(0)
class CommandE2E {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    @TempDir
    Path directory;

    private FleetFolder folder;
    private FleetPorts ports;

    @BeforeEach
    void choosePorts() {
        folder = new FleetFolder(directory.resolve("a data folder"));
        ports = FreePorts.block(1);
    }

    @AfterEach
    void leavesNoProcess() throws IOException {
        run("down", "--data", folder.root().toString());
        assertThat(processesOfTheFolder()).isEmpty();
    }

    @Test
    void doesTheMainJobOverTlsAndStops() throws Exception {
        Certificate certificate = Certificate.make(directory);

        Outcome first = start(
                "quickstart",
                "--down",
                "--tls-certificate",
                certificate.certificate().toString(),
                "--tls-key",
                certificate.key().toString());

        assertThat(first.code()).as(first.text()).isZero();
        assertThat(first.text())
                .containsPattern("Held-out accuracy: (0\\.9[5-9]|1\\.0)")
                .contains("answered by version 1")
                .contains("epoch  50/50")
                .contains("The fleet is down.");
        assertThat(processesOfTheFolder()).isEmpty();
        assertThat(FleetState.read(folder)).isEmpty();
    }

    @Test
    void clearsUpBehindAKilledSupervisorAndKeepsWhatWasMade() throws Exception {
        Outcome up = start("up", "--detach");
        assertThat(up.code()).as(up.text()).isZero();
        assertThat(up.text()).containsPattern("mm_admin\\.[A-Za-z0-9_-]{43}");
        assertThat(run("status", "--data", folder.root().toString()).code()).isZero();
        assertThat(start("up", "--detach").text()).contains("up already").doesNotContain("mm_admin.");
        Outcome second = run(
                "up",
                "--detach",
                "--data",
                directory.resolve("other").toString(),
                "--base-port",
                Integer.toString(ports.base()));
        assertThat(second.code()).isEqualTo(1);
        assertThat(second.text())
                .contains("port " + ports.base() + " for gateway (HTTP)")
                .contains("--base-port");

        ProcessRef supervisor = FleetState.read(folder).orElseThrow().supervisor();
        Processes.kill(List.of(supervisor.find().orElseThrow()));
        Outcome orphaned = run("status", "--data", folder.root().toString());
        assertThat(orphaned.code()).isEqualTo(1);
        assertThat(orphaned.text()).contains("The supervisor is gone");
        assertThat(processesOfTheFolder()).isNotEmpty();

        Outcome quickstart = start("quickstart");
        assertThat(quickstart.code()).as(quickstart.text()).isZero();
        Outcome again = start("quickstart");
        assertThat(again.code()).as(again.text()).isZero();
        assertThat(again.text()).contains("The fleet is up already").contains("answered by version 2");

        assertThat(run("logs", "gateway", "-n", "1000", "--data", folder.root().toString())
                        .text())
                .contains("Listening on");
        assertThat(run("down", "--data", folder.root().toString()).text()).contains("The fleet is down.");
        assertThat(processesOfTheFolder()).isEmpty();
    }

    @Test
    void stopsWhatItHasStartedWhenItIsInterrupted() throws Exception {
        Path output = directory.resolve("up.txt");
        Process up = new ProcessBuilder(command(withFolder("up")))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        Optional<Boolean> begun =
                Poll.until(LIMIT, () -> read(output).contains("postgres ") ? Optional.of(true) : Optional.empty());
        assertThat(begun).as(read(output)).isPresent();
        assertThat(processesOfTheFolder()).isNotEmpty();

        up.destroy();

        assertThat(up.onExit()
                        .completeOnTimeout(up, 90, TimeUnit.SECONDS)
                        .join()
                        .isAlive())
                .isFalse();
        assertThat(read(output)).contains("Stopping the fleet");
        assertThat(processesOfTheFolder()).isEmpty();
        assertThat(FleetState.read(folder)).isEmpty();
    }

    private Outcome start(String... command) throws IOException {
        return run(withFolder(command));
    }

    private String[] withFolder(String... command) {
        List<String> all = new ArrayList<>(List.of(command));
        all.addAll(List.of("--data", folder.root().toString(), "--base-port", Integer.toString(ports.base())));
        return all.toArray(String[]::new);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private record Outcome(int code, String text) {}

    private static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Installation.java().toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-jar",
                Installation.current()
                        .home()
                        .resolve("local-fleet/target/local-fleet.jar")
                        .toString()));
        command.addAll(List.of(arguments));
        return command;
    }

    private Outcome run(String... arguments) throws IOException {
        Path output = Files.createTempFile(directory, "output", ".txt");
        // To a file and not to a pipe, which the supervisor in the background would hold open.
        Process process = new ProcessBuilder(command(arguments))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        int code = process.onExit().join().exitValue();
        return new Outcome(code, Files.readString(output));
    }

    private List<String> processesOfTheFolder() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info()
                        .arguments()
                        .filter(arguments -> String.join(" ", arguments)
                                .contains(folder.root().toString()))
                        .isPresent())
                .map(process -> process.pid() + " " + process.info().command().orElse(""))
                .toList();
    }

    /** A certificate of localhost that nobody signed. */
    private record Certificate(Path certificate, Path key) {
        private static final String PASSWORD = "changeit";

        static Certificate make(Path directory) throws Exception {
            Path store = directory.resolve("store.p12");
            Process keytool = new ProcessBuilder(
                            Installation.java().resolveSibling("keytool").toString(),
                            "-genkeypair",
                            "-alias",
                            "gateway",
                            "-keyalg",
                            "EC",
                            "-dname",
                            "CN=localhost",
                            "-ext",
                            "SAN=dns:localhost,ip:127.0.0.1",
                            "-storetype",
                            "PKCS12",
                            "-keystore",
                            store.toString(),
                            "-storepass",
                            PASSWORD)
                    .redirectErrorStream(true)
                    .start();
            String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(keytool.waitFor()).as(output).isZero();
            KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
            return new Certificate(
                    pem(
                            directory.resolve("certificate.pem"),
                            "CERTIFICATE",
                            keys.getCertificate("gateway").getEncoded()),
                    pem(
                            directory.resolve("key.pem"),
                            "PRIVATE KEY",
                            keys.getKey("gateway", PASSWORD.toCharArray()).getEncoded()));
        }

        private static Path pem(Path file, String type, byte[] content) throws IOException {
            String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
            return Files.writeString(file, "-----BEGIN " + type + "-----\n" + text + "\n-----END " + type + "-----\n");
        }
    }
}
