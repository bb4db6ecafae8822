package io.modelmill.fleet.train;

import io.modelmill.fleet.installation.FleetException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** All that is wrong with a file, so that it is told at once. */
final class Faults {
    private final Path file;
    private final List<Fault> all = new ArrayList<>();

    Faults(Path file) {
        this.file = file;
    }

    private record Fault(int line, String text) {}

    /**
     * Notes a fault.
     *
     * @param line from 1
     * @param path such as {@code spec.epochs}
     * @param what the offending and the expected value
     */
    void add(int line, String path, String what) {
        Fault fault = new Fault(line, path.isEmpty() ? what : path + ": " + what);
        // A part that stands for several sizes is read for each.
        if (!all.contains(fault)) {
            all.add(fault);
        }
    }

    /** Notes that a value is not what belongs there. */
    void expected(Tree value, String path, String expected) {
        add(value.line(), path, value.shown() + " (expected: " + expected + ")");
    }

    /** Throws if there is any fault. */
    void throwIfAny() {
        if (!all.isEmpty()) {
            StringBuilder message =
                    new StringBuilder(file + ": " + all.size() + (all.size() == 1 ? " fault" : " faults"));
            all.stream()
                    .sorted(Comparator.comparingInt(Fault::line))
                    .forEach(fault -> message.append("\n  line ")
                            .append(fault.line())
                            .append(": ")
                            .append(fault.text()));
            throw new FleetException(message.toString());
        }
    }
}
