package io.modelmill.dataset.numpy;

import io.modelmill.dataset.BadDataException;
import io.modelmill.dataset.source.Quotes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a header such as <code>{'descr': '&lt;f4', 'fortran_order': False, 'shape': (60000, 28, 28), }</code>, and no other. */
final class PythonLiteral {
    private static final int MOST_AXES = 32;

    private final String text;
    private final String place;
    private int position;

    PythonLiteral(String text, String place) {
        this.text = text;
        this.place = place;
    }

    NpyHeader header(int bytes) {
        String type = null;
        Boolean fortran = null;
        List<Long> shape = null;
        expect('{');
        while (!accept('}')) {
            String key = quoted();
            expect(':');
            switch (key) {
                case "descr" -> type = type();
                case "fortran_order" -> fortran = truth();
                case "shape" -> shape = tuple();
                default -> throw broken();
            }
            if (!accept(',')) {
                expect('}');
                break;
            }
        }
        skipBlanks();
        if (position < text.length()) {
            throw broken();
        }
        return new NpyHeader(required(type), required(fortran), required(shape), bytes);
    }

    private <T> T required(@Nullable T value) {
        if (value == null) {
            throw broken();
        }
        return value;
    }

    private String type() {
        skipBlanks();
        if (position < text.length() && text.charAt(position) == '[') {
            throw new BadDataException(place + ": items of several fields (expected: an array for each field)");
        }
        return quoted();
    }

    private boolean truth() {
        skipBlanks();
        for (Boolean value : List.of(true, false)) {
            String word = value ? "True" : "False";
            if (text.startsWith(word, position)) {
                position += word.length();
                return value;
            }
        }
        throw broken();
    }

    private List<Long> tuple() {
        List<Long> axes = new ArrayList<>();
        expect('(');
        while (!accept(')')) {
            axes.add(number());
            if (axes.size() > MOST_AXES) {
                throw new BadDataException(
                        place + ": more than " + MOST_AXES + " axes (expected: at most " + MOST_AXES + ")");
            }
            if (!accept(',')) {
                expect(')');
                break;
            }
        }
        return axes;
    }

    private long number() {
        skipBlanks();
        int start = position;
        while (position < text.length() && text.charAt(position) >= '0' && text.charAt(position) <= '9') {
            position++;
        }
        String digits = text.substring(start, position);
        // Python 2 wrote 3L.
        accept('L');
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            throw broken();
        }
    }

    private String quoted() {
        skipBlanks();
        char quote = position < text.length() ? text.charAt(position) : ' ';
        int end = quote == '\'' || quote == '"' ? text.indexOf(quote, position + 1) : -1;
        if (end < 0) {
            throw broken();
        }
        String inner = text.substring(position + 1, end);
        position = end + 1;
        return inner;
    }

    private void expect(char character) {
        if (!accept(character)) {
            throw broken();
        }
    }

    private boolean accept(char character) {
        skipBlanks();
        boolean found = position < text.length() && text.charAt(position) == character;
        if (found) {
            position++;
        }
        return found;
    }

    private void skipBlanks() {
        while (position < text.length() && text.charAt(position) <= ' ') {
            position++;
        }
    }

    private BadDataException broken() {
        return new BadDataException(
                place + ": header " + Quotes.quote(text.strip()) + " (expected: descr, fortran_order and shape)");
    }
}
