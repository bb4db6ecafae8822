package io.modelmill.training.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.localservers.LocalPorts;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.training.fixture.Await;
import io.modelmill.training.fixture.CleanSlate;
import io.modelmill.training.fixture.FakeRegistryServer;
import io.modelmill.training.fixture.Jobs;
import io.modelmill.training.fixture.TrainingServiceTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged service twice over one database, as processes of their own; this test's own instance takes calls alone. */
@TrainingServiceTest
class ReplicasIT {
    private static final int JOBS = 10;

    @Inject
    CleanSlate slate;

    @Inject
    Jdbi jdbi;

    @TempDir
    Path folder;

    @Test
    void startNoJobTwiceAndLoseNoneWhenOneIsKilled() throws Exception {
        FakeRegistryServer registry = slate.still();
        List<Process> replicas = new ArrayList<>();
        try (TestCallers callers = TestCallers.connect()) {
            Jobs jobs = new Jobs(callers.tenant("acme"), "acme");
            List<TrainingJob> submitted = IntStream.range(0, JOBS)
                    .mapToObj(i -> jobs.submit("train-" + i))
                    .toList();
            replicas.add(start("one"));
            replicas.add(start("two"));
            Await.until("both have started workers", () -> runners().size() == 2);
            replicas.getFirst().destroyForcibly();
            for (TrainingJob job : submitted) {
                jobs.await(job, TrainingJob.State.STATE_SUCCEEDED);
                assertThat(registry.versionsOf(job.getName())).as(job.getName()).hasSize(1);
            }
            assertThat(startsOfAttempts()).allMatch(starts -> starts == 1);
        } finally {
            for (Process replica : replicas) {
                List<ProcessHandle> workers = replica.descendants().toList();
                replica.destroyForcibly().waitFor();
                workers.forEach(ProcessHandle::destroyForcibly);
            }
        }
    }

    private Process start(String name) throws IOException {
        int http = LocalPorts.free();
        int grpc = LocalPorts.free();
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:TieredStopAtLevel=1");
        for (String same : List.of(
                "quarkus.datasource.jdbc.url",
                "quarkus.datasource.username",
                "kafka.bootstrap.servers",
                "modelmill.security.trusted-keys-file",
                "modelmill.security.signing-key-file",
                "modelmill.registry.address",
                "modelmill.runner.local.main-class",
                "modelmill.runner.local.class-path",
                "modelmill.runner.local.jvm-options")) {
            command.add("-D" + same + "=" + ConfigProvider.getConfig().getValue(same, String.class));
        }
        command.addAll(List.of(
                "-Dquarkus.http.host=127.0.0.1",
                "-Dquarkus.http.port=" + http,
                "-Dquarkus.grpc.server.host=127.0.0.1",
                "-Dquarkus.grpc.server.port=" + grpc,
                "-Dmodelmill.runner.local.training-address=127.0.0.1:" + grpc,
                "-Dmodelmill.runner.local.work-directory=" + folder.resolve(name),
                "-Dmodelmill.runner.local.max-workers=1",
                "-Dmodelmill.runner.local.cores=4",
                "-Dmodelmill.runner.local.memory=64G",
                "-Dmodelmill.job.lease=PT6S",
                "-Dmodelmill.job.retry-backoff=PT0.2S",
                "-Dmodelmill.schedule.interval=PT0.2S",
                "-jar",
                Path.of("target", "quarkus-app", "quarkus-run.jar")
                        .toAbsolutePath()
                        .toString()));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(name + ".log").toFile())
                .start();
        URI ready = URI.create("http://127.0.0.1:" + http + "/q/health/ready");
        Await.until(name + " is ready", () -> isReady(ready));
        return process;
    }

    private static boolean isReady(URI ready) {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(ready).build(), HttpResponse.BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private List<String> runners() {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT DISTINCT runner FROM job_attempt")
                .mapTo(String.class)
                .list());
    }

    /** How often each attempt of each job was started. */
    private List<Integer> startsOfAttempts() {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT count(*) FROM job_event WHERE to_state = 'STARTING'" + " GROUP BY job_key, attempt")
                .mapTo(Integer.class)
                .list());
    }
}
