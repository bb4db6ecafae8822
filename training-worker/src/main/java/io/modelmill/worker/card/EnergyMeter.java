package io.modelmill.worker.card;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What the machine's processors used, from the counters of {@code /sys/class/powercap}, which many machines lack or keep to their
 * administrators. Whatever else runs on the machine is counted with it. Counters begin anew when they are full: they are to be read
 * more often than that takes, which is minutes.
 */
public final class EnergyMeter {
    private static final Path COUNTERS = Path.of("/sys/class/powercap");
    private static final double MICRO = 1e-6;

    private final List<Counter> counters;
    private boolean broken;

    private EnergyMeter(List<Counter> counters) {
        this.counters = counters;
        this.broken = counters.isEmpty();
    }

    /** Begins to measure. */
    public static EnergyMeter start() {
        return start(COUNTERS);
    }

    static EnergyMeter start(Path folder) {
        List<Counter> counters = new ArrayList<>();
        // Whole packages only: what is below them is part of them.
        try (DirectoryStream<Path> zones = Files.newDirectoryStream(folder, "intel-rapl:?")) {
            for (Path zone : zones) {
                counters.add(new Counter(zone));
            }
        } catch (IOException | NumberFormatException e) {
            counters.clear();
        }
        return new EnergyMeter(counters);
    }

    /** Reads the counters. */
    public synchronized void read() {
        try {
            for (Counter counter : counters) {
                counter.read();
            }
        } catch (IOException | NumberFormatException e) {
            broken = true;
        }
    }

    /** Joules since the start; empty where the machine does not tell. */
    public synchronized OptionalDouble joules() {
        read();
        return broken
                ? OptionalDouble.empty()
                : OptionalDouble.of(
                        counters.stream().mapToLong(counter -> counter.used).sum() * MICRO);
    }

    private static final class Counter {
        private final Path file;
        private final long range;
        private long last;
        private long used;

        Counter(Path zone) throws IOException {
            this.file = zone.resolve("energy_uj");
            this.range = number(zone.resolve("max_energy_range_uj"));
            this.last = number(file);
        }

        void read() throws IOException {
            long now = number(file);
            used += now >= last ? now - last : now + range - last;
            last = now;
        }

        private static long number(Path file) throws IOException {
            return Long.parseLong(Files.readString(file).strip());
        }
    }
}
