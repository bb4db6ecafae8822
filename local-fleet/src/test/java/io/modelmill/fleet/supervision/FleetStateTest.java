package io.modelmill.fleet.supervision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.installation.FleetPorts;
import io.modelmill.fleet.process.ProcessRef;
import io.modelmill.fleet.process.Readiness;
import io.modelmill.fleet.supervision.FleetState.Phase;
import io.modelmill.fleet.supervision.FleetState.ServerState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FleetStateTest {
    private static final ProcessRef GONE = new ProcessRef(1, Instant.ofEpochMilli(1));

    @TempDir
    Path directory;

    private FleetFolder folder;

    @BeforeEach
    void create() {
        folder = new FleetFolder(directory.resolve("a folder"));
        folder.create();
    }

    @Test
    void isReadAsItWasWritten() {
        FleetState state = state(ProcessRef.of(ProcessHandle.current()), Optional.of(GONE), List.of(GONE));

        state.write(folder);

        assertThat(FleetState.read(folder)).contains(state);
        assertThat(state.isSupervised()).isTrue();
        assertThat(state.alive()).isEmpty();
    }

    @Test
    void isEmptyWhereNoFleetRan() {
        assertThat(FleetState.read(folder)).isEmpty();
        assertThat(Orphans.stop(folder)).isZero();
    }

    @Test
    void letsAnotherSupervisorStopWhatADeadOneLeftBehind() throws IOException {
        Process orphan = new ProcessBuilder("sleep", "1000").start();
        Process grandchild = new ProcessBuilder("sleep", "1000").start();
        state(GONE, Optional.of(ProcessRef.of(orphan.toHandle())), List.of(ProcessRef.of(grandchild.toHandle())))
                .write(folder);

        assertThat(Orphans.stop(folder)).isEqualTo(2);

        assertThat(orphan.isAlive()).isFalse();
        assertThat(grandchild.isAlive()).isFalse();
        assertThat(FleetState.read(folder)).isEmpty();
    }

    @Test
    void stopsNothingUnderALivingSupervisor() {
        state(ProcessRef.of(ProcessHandle.current()), Optional.of(GONE), List.of())
                .write(folder);

        assertThatThrownBy(() -> Orphans.stop(folder)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void locksItsFolderAgainstASecondFleet() {
        FleetLock lock = FleetLock.acquire(folder);
        assertThatThrownBy(() -> FleetLock.acquire(folder))
                .isInstanceOf(FleetException.class)
                .hasMessageContaining("another fleet runs on " + folder.root());
        lock.close();

        FleetLock.acquire(folder).close();
    }

    private static FleetState state(ProcessRef supervisor, Optional<ProcessRef> process, List<ProcessRef> descendants) {
        return new FleetState(
                supervisor,
                Phase.UP,
                "a message: with = and \u00e9",
                new FleetPorts(7400, 2),
                Optional.of(Path.of("/some where/certificate.pem")),
                List.of(
                        new ServerState("kafka", "127.0.0.1:7450", new Readiness.Kafka(7450), process, 3, true),
                        new ServerState(
                                "gateway",
                                "127.0.0.1:7400",
                                new Readiness.Health(7400, Optional.of(Path.of("/a:b.pem"))),
                                Optional.empty(),
                                0,
                                false)),
                descendants);
    }
}
