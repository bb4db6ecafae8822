package io.modelmill.fleet.supervision;

import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.process.PostgresProcesses;
import io.modelmill.fleet.process.Processes;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Processes of a fleet whose supervisor was killed: they are known by the state that it wrote down. */
public final class Orphans {
    private static final Duration GRACE = Duration.ofSeconds(15);

    private Orphans() {}

    /**
     * Stops what a dead supervisor left behind and removes its state; answers how many processes that were.
     *
     * @throws IllegalStateException if the supervisor runs
     */
    public static int stop(FleetFolder folder) {
        Optional<FleetState> state = FleetState.read(folder);
        if (state.filter(FleetState::isSupervised).isPresent()) {
            throw new IllegalStateException("the fleet on " + folder.root() + " has a supervisor");
        }
        // Services before what they use: they are listed last started first. PostgreSQL waits for its clients to go. It
        // was started first of all, maybe before its supervisor wrote anything down.
        Set<ProcessHandle> left = new LinkedHashSet<>();
        state.map(FleetState::alive).ifPresent(left::addAll);
        PostgresProcesses.firstProcess(folder.postgres()).ifPresent(left::add);
        for (ProcessHandle process : left) {
            Processes.stop(List.of(process), GRACE);
        }
        FleetState.remove(folder);
        return left.size();
    }
}
