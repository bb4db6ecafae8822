package io.modelmill.fleet.quickstart;

import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.modelmill.fleet.installation.FleetException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The data set of handwritten digits that the repository ships.
 *
 * @param csv the file's bytes
 * @param rows all digits in the file's order
 */
record Digits(byte[] csv, List<Digit> rows) {
    /** Pixels of a row and of a column. */
    static final int SIDE = 8;

    /**
     * A digit.
     *
     * @param pixels row by row, from 0 (white) to 16 (black)
     * @param label what was written
     */
    record Digit(float[] pixels, String label) {}

    static Digits read(Path file) {
        byte[] csv;
        try {
            csv = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new FleetException(file + ": cannot be read (" + e + ")", e);
        }
        List<Digit> rows = new ArrayList<>();
        // Numbers alone, no quotes: the registry, which takes any CSV, checks the file itself.
        new String(csv, StandardCharsets.UTF_8).lines().skip(1).forEach(line -> rows.add(digit(line)));
        return new Digits(csv, List.copyOf(rows));
    }

    /**
     * The digits that a file names.
     *
     * @param file its name, for errors
     * @param json an array of numbers of rows, from 0
     */
    List<Digit> named(String file, byte[] json) {
        try {
            return JsonParser.parseString(new String(json, StandardCharsets.UTF_8)).getAsJsonArray().asList().stream()
                    .map(row -> rows.get(Integer.parseInt(row.getAsString())))
                    .toList();
        } catch (JsonParseException
                | IllegalStateException
                | UnsupportedOperationException
                | NumberFormatException
                | IndexOutOfBoundsException e) {
            throw new FleetException(
                    file + ": " + e.getMessage() + " (expected: numbers of rows from 0 to " + (rows.size() - 1) + ")",
                    e);
        }
    }

    private static Digit digit(String line) {
        String[] cells = line.split(",", -1);
        if (cells.length != SIDE * SIDE + 1) {
            throw new FleetException("a row of " + cells.length + " cells (expected: " + (SIDE * SIDE + 1) + ")");
        }
        float[] pixels = new float[SIDE * SIDE];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = Float.parseFloat(cells[i]);
        }
        return new Digit(pixels, cells[pixels.length]);
    }
}
