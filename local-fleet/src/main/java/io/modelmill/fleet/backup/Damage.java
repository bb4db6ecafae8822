package io.modelmill.fleet.backup;

import io.modelmill.fleet.installation.FleetException;
import java.util.ArrayList;
import java.util.List;

/** Faults that were found, so that all of them are told at once. */
final class Damage {
    private static final int TOLD = 10;

    private final List<String> faults = new ArrayList<>();
    private long count;

    void add(String fault) {
        count++;
        if (faults.size() < TOLD) {
            faults.add(fault);
        }
    }

    /** Throws if there is any, with the first of them and their number. */
    void throwIfAny(String what) {
        if (count > 0) {
            throw new FleetException(what + ":\n  " + String.join("\n  ", faults)
                    + (count > faults.size() ? "\n  and " + (count - faults.size()) + " more" : ""));
        }
    }
}
