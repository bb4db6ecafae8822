package io.modelmill.fleet.quickstart;

import io.modelmill.fleet.quickstart.Digits.Digit;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Draws digits beside each other in text, a line of words under each. */
final class DigitDrawing {
    /** A pixel is about twice as high as wide. */
    private static final int PIXEL_WIDTH = 2;

    private static final int WIDTH = Digits.SIDE * PIXEL_WIDTH;
    private static final String GAP = "   ";
    private static final float BLACK = 16;

    private final String shades;

    /** @param charset of the terminal: not every one has block characters */
    DigitDrawing(Charset charset) {
        String blocks = " \u2591\u2592\u2593\u2588";
        this.shades = charset.newEncoder().canEncode(blocks) ? blocks : " .:*#";
    }

    /** Lines of a row of digits. */
    List<String> draw(List<Digit> digits, List<String> captions) {
        List<String> lines = new ArrayList<>();
        for (int y = 0; y < Digits.SIDE; y++) {
            int line = y;
            lines.add(digits.stream().map(digit -> line(digit, line)).collect(Collectors.joining(GAP)));
        }
        lines.add(captions.stream()
                .map(caption -> String.format("%-" + WIDTH + "s", caption))
                .collect(Collectors.joining(GAP)));
        return lines.stream().map(String::stripTrailing).toList();
    }

    private String line(Digit digit, int y) {
        StringBuilder line = new StringBuilder(WIDTH);
        for (int x = 0; x < Digits.SIDE; x++) {
            float ink = digit.pixels()[y * Digits.SIDE + x] / BLACK;
            char shade = shades.charAt(Math.round(ink * (shades.length() - 1)));
            line.repeat(shade, PIXEL_WIDTH);
        }
        return line.toString();
    }
}
