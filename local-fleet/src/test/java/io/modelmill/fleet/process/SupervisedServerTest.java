package io.modelmill.fleet.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SupervisedServerTest implements SupervisedServer.Listener {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    private final List<String> deaths = Collections.synchronizedList(new ArrayList<>());
    private final CompletableFuture<String> givenUp = new CompletableFuture<>();
    private @Nullable SupervisedServer server;

    @AfterEach
    void stop() {
        if (server != null) {
            server.stop(Duration.ofSeconds(5));
        }
    }

    @Test
    void startsAKilledProcessAgain() {
        SupervisedServer sleeper = start("exec sleep 1000");
        ProcessHandle first = process(sleeper);

        Processes.kill(List.of(first));

        ProcessHandle second = Poll.until(LIMIT, () -> sleeper.process().filter(found -> found.pid() != first.pid()))
                .orElseThrow();
        assertThat(second.isAlive()).isTrue();
        assertThat(sleeper.restarts()).isEqualTo(1);
        assertThat(deaths).containsExactly("exit 137");
    }

    @Test
    void givesUpAProcessThatEndsAgainAndAgain() throws IOException {
        SupervisedServer failing = start("echo no more; exit 3");

        assertThat(givenUp.completeOnTimeout("not given up", 60, TimeUnit.SECONDS)
                        .join())
                .isEqualTo("exit 3");
        assertThat(deaths).hasSize(RestartPolicy.MOST_DEATHS - 1);
        assertThat(failing.process()).isEmpty();
        assertThat(Files.readAllLines(directory.resolve("test.log")))
                .hasSize(RestartPolicy.MOST_DEATHS)
                .containsOnly("no more");
    }

    @Test
    void stopsAProcessThatIgnoresTheAskingAndWhatItStarted() {
        SupervisedServer stubborn = start("trap '' TERM; sleep 1000 & sleep 1001 & wait; wait");
        ProcessHandle process = process(stubborn);
        List<ProcessHandle> children = Poll.until(LIMIT, () -> {
                    stubborn.descendants().look(process);
                    List<ProcessHandle> alive = stubborn.descendants().alive();
                    return alive.size() == 2 ? Optional.of(alive) : Optional.empty();
                })
                .orElseThrow();

        stubborn.stop(Duration.ofMillis(200));

        assertThat(process.isAlive()).isFalse();
        assertThat(children).noneMatch(ProcessHandle::isAlive);
        assertThat(deaths).isEmpty();
    }

    private SupervisedServer start(String script) {
        SupervisedServer started = new SupervisedServer(
                new ChildServer(
                        "test",
                        "nowhere",
                        List.of("/bin/sh", "-c", script),
                        Map.of(),
                        directory.resolve("test.log"),
                        new Readiness.Port(1)),
                this);
        server = started;
        started.start();
        return started;
    }

    private static ProcessHandle process(SupervisedServer server) {
        return Poll.until(LIMIT, server::process).orElseThrow();
    }

    @Override
    public void changed() {}

    @Override
    public void died(Server dead, String why, Duration pause) {
        deaths.add(why);
    }

    @Override
    public void givenUp(Server dead, String why) {
        givenUp.complete(why);
    }
}
