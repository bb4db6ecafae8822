package io.modelmill.fleet.quickstart;

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
