package io.modelmill.benchmarks.figure;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonNull;
import com.google.gson.JsonPrimitive;
import com.google.gson.JsonSerializer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Where a benchmark leaves its figures for other programs: a JSON array of {@link Figure}s, with null for a value that is none. */
public final class FigureFile {
    /** What is not a number, for nothing was answered, has no other name in JSON. */
    private static final JsonSerializer<Double> NUMBER =
            (value, type, context) -> Double.isFinite(value) ? new JsonPrimitive(value) : JsonNull.INSTANCE;

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
                new GsonBuilder()
                                .registerTypeAdapter(double.class, NUMBER)
                                .registerTypeAdapter(Double.class, NUMBER)
                                .serializeNulls()
                                .setPrettyPrinting()
                                .create()
                                .toJson(figures)
                        + "\n");
    }
}
