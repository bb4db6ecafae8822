package io.modelmill.benchmarks.faults;

import java.time.Duration;
import java.util.Locale;

/**
 * Something that goes wrong.
 *
 * @param at since the start of the campaign
 * @param length until it is made good: a killed process is started again, a frozen one goes on, a link is open
 * @param choice which of several, where the target is one of many
 */
record Fault(Duration at, Target target, Kind kind, Duration length, int choice) {
    /** What goes wrong. */
    enum Kind {
        /** SIGKILL of a process. */
        KILL,
        /** SIGSTOP of a process; a link takes bytes and passes none on. */
        FREEZE,
        /** Every connection of a link is reset, and each new one. */
        CUT
    }

    Duration end() {
        return at.plus(length);
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%6.1f s  %-6s %s for %.1f s",
                at.toMillis() / 1e3,
                kind.name().toLowerCase(Locale.ROOT),
                target.name().toLowerCase(Locale.ROOT),
                length.toMillis() / 1e3);
    }
}
