package io.modelmill.benchmarks.inference;

import io.modelmill.benchmarks.model.BenchModel;
import io.modelmill.benchmarks.model.MiniLm;
import io.modelmill.fleet.installation.FleetException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** MiniLM for all benchmarks that want it, read when the first of them asks; without it they leave its figures out. */
final class MiniLmModel {
    private final Path home;
    private final PrintWriter out;
    private @Nullable Optional<BenchModel> model;

    MiniLmModel(Path home, PrintWriter out) {
        this.home = home;
        this.out = out;
    }

    /** The model; empty where it could not be fetched, which was then said. */
    Optional<BenchModel> get() throws InterruptedException {
        Optional<BenchModel> known = model;
        if (known == null) {
            known = load();
            model = known;
        }
        return known;
    }

    private Optional<BenchModel> load() throws InterruptedException {
        try {
            return Optional.of(MiniLm.load(home));
        } catch (FleetException e) {
            out.println("NOT MEASURED: every figure of MiniLM, for " + e.getMessage());
            return Optional.empty();
        }
    }
}
