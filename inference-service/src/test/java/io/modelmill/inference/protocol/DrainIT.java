package io.modelmill.inference.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.fixture.SmallModels;
import io.modelmill.inference.fixture.StandaloneProcess;
import io.modelmill.localservers.LocalPorts;
import io.modelmill.proto.inference.ServerReadyRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged service, told to stop under load. */
class DrainIT {
    private static final int CALLERS = 4;
    /** So many that they cannot all be loaded before the first is seen to be. */
    private static final int LOADS = 12;

    /** So many, and 45 MB, that most of a load's time is spent on opening its session. */
    private static final int NODES = 5_000;

    private static final int WEIGHTS = 11_250_000;

    @TempDir
    Path folder;

    private Path repository;

    @BeforeEach
    void writeModels() throws Exception {
        repository = folder.resolve("models");
        Path version = Files.createDirectories(repository.resolve("scaling/1"));
        Files.write(version.resolve("model.onnx"), SmallModels.scaling(3));
    }

    @Test
    void losesNoCallWhenAnotherReplicaTakesOver() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger answeredByFirst = new AtomicInteger();
        AtomicInteger answeredBySecond = new AtomicInteger();
        AtomicInteger movedOn = new AtomicInteger();
        Queue<String> faults = new ConcurrentLinkedQueue<>();
        try (StandaloneProcess second = StandaloneProcess.start(repository, folder.resolve("second.log"));
                StandaloneProcess first = StandaloneProcess.start(repository, folder.resolve("first.log"));
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int caller = 0; caller < CALLERS; caller++) {
                callers.execute(() -> {
                    // As a client's retry policy does it: what is UNAVAILABLE was not answered, and goes to the other.
                    while (!over.get()) {
                        try {
                            if (answered(first)) {
                                answeredByFirst.incrementAndGet();
                                continue;
                            }
                            movedOn.incrementAndGet();
                            if (answered(second)) {
                                answeredBySecond.incrementAndGet();
                            } else {
                                faults.add("no replica answered");
                            }
                        } catch (StatusRuntimeException | AssertionError fault) {
                            faults.add(fault.toString());
                        }
                    }
                });
            }
            Eventually.until("callers are answered", () -> answeredByFirst.get() > 100 || !faults.isEmpty());

            assertThat(first.terminate()).as("SIGTERM's own exit code").isEqualTo(143);

            int before = answeredBySecond.get();
            Eventually.until(
                    "the other replica answers", () -> answeredBySecond.get() > before + 100 || !faults.isEmpty());
            over.set(true);
        }
        assertThat(faults).isEmpty();
        assertThat(movedOn.get()).isEqualTo(answeredBySecond.get());
    }

    @Test
    void saysThatItIsNotReadyWhileItStillAnswers() throws Exception {
        try (StandaloneProcess process =
                        StandaloneProcess.start(repository, folder.resolve("log"), "-Dmodelmill.drain.pause=PT5S");
                ExecutorService supervisor = Executors.newSingleThreadExecutor();
                HttpClient http = HttpClient.newHttpClient()) {
            assertThat(probe(http, process)).isEqualTo(200);

            Future<Integer> exit = supervisor.submit(process::terminate);
            Eventually.until(
                    "it says that it is not ready",
                    () -> !process.client()
                            .stub()
                            .serverReady(ServerReadyRequest.getDefaultInstance())
                            .getReady());

            assertThat(probe(http, process)).isEqualTo(503);
            assertThat(answered(process)).as("it answers in the pause").isTrue();
            assertThat(exit.isDone()).isFalse();
            assertThat(exit.get()).isEqualTo(143);
        }
    }

    @Test
    void endsInOrderWhileVersionsAreLoaded() throws Exception {
        byte[] large = SmallModels.chain(NODES, WEIGHTS);
        for (int model = 0; model < LOADS; model++) {
            Path version = Files.createDirectories(repository.resolve("further-" + model + "/1"));
            Files.write(version.resolve("model.onnx"), large);
        }
        Path log = folder.resolve("log");
        Process process = StandaloneProcess.launch(
                log,
                List.of("-XX:ErrorFile=" + folder.resolve("crash"), "-XX:-CreateCoredumpOnCrash"),
                Map.of(),
                "--model-repository",
                repository.toString(),
                "--port",
                Integer.toString(LocalPorts.free()),
                "--http-port",
                Integer.toString(LocalPorts.free()));
        try {
            Eventually.until(
                    "a large graph is being opened",
                    () -> !process.isAlive() || begun(log) > ended(log) && lines(log, "further-", ": loaded, ") > 0);
            process.destroy();

            assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("it ends").isTrue();
            assertThat(process.exitValue()).as(Files.readString(log)).isEqualTo(143);
            assertThat(Files.readString(log)).contains("stopped in");
            assertThat(begun(log)).as("it loads no more when it ends").isLessThan(LOADS);
            assertThat(folder.resolve("crash")).doesNotExist();
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    /** Large graphs whose opening it says to have begun. */
    private static long begun(Path log) {
        return lines(log, "further-", ": its graph is opened");
    }

    /** Large graphs of which it said what became of them. */
    private static long ended(Path log) {
        return lines(log, "further-", ": loaded, ") + lines(log, "further-", ": next try in ");
    }

    private static long lines(Path log, String... parts) {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.filter(line -> Stream.of(parts).allMatch(line::contains))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** False if the replica is not there for the call; any other failure is thrown. */
    private static boolean answered(StandaloneProcess replica) {
        try {
            assertThat(replica.client().factor("scaling", "")).isEqualTo(3f);
            return true;
        } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() == Status.Code.UNAVAILABLE) {
                return false;
            }
            throw e;
        }
    }

    private static int probe(HttpClient http, StandaloneProcess process) throws Exception {
        URI ready = URI.create("http://127.0.0.1:" + process.httpPort() + "/q/health/ready");
        return http.send(HttpRequest.newBuilder(ready).build(), BodyHandlers.discarding())
                .statusCode();
    }
}
