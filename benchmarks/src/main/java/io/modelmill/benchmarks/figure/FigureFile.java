package io.modelmill.benchmarks.figure;

import com.google.gson.GsonBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Where a benchmark leaves its figures for other programs: a JSON array of {@link Figure}s. */
public final class FigureFile {
    private FigureFile() {}

    /** Where the figures of a benchmark lie: {@code HOME/target/bench/NAME.json}. */
    public static Path of(Path home, String name) {
        return home.resolve("target/bench/" + name + ".json");
    }

    /** Writes the figures, in place of those of the last run. */
    public static void write(Path file, List<Figure> figures) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(
                file,
                new GsonBuilder().serializeNulls().setPrettyPrinting().create().toJson(figures) + "\n");
    }
}
