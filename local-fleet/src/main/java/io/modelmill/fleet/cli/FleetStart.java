package io.modelmill.fleet.cli;

import io.modelmill.fleet.supervision.FleetState;
import java.io.Console;
import java.io.PrintWriter;
import java.util.Optional;

/** The fleet that a command works with: the one that runs, or a new one. */
final class FleetStart {
    private FleetStart() {}

    /** Starts the fleet unless one runs that suits the settings. */
    static FleetState ensure(BackgroundFleet fleet, FleetSettings settings, PrintWriter out) {
        Optional<FleetState> running = fleet.running();
        if (running.isPresent()) {
            settings.requireMatch(running.get());
            out.println("The fleet is up already.");
            return running.get();
        }
        return fleet.start(settings);
    }

    /** Whether lines may be drawn over. */
    static boolean isTerminal() {
        return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
    }
}
