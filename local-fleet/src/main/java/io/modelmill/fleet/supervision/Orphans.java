package io.modelmill.fleet.supervision;

import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.process.Processes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

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
        if (state.isEmpty()) {
            return 0;
        }
        if (state.get().isSupervised()) {
            throw new IllegalStateException("the fleet on " + folder.root() + " has a supervisor");
        }
        List<ProcessHandle> left = state.get().alive();
        // Services before what they use: they are listed last started first. PostgreSQL waits for its clients to go.
        for (ProcessHandle process : left) {
            Processes.stop(List.of(process), GRACE);
        }
        FleetState.remove(folder);
        return left.size();
    }
}
