package io.modelmill.dataset.numpy;

import io.modelmill.dataset.BadDataException;
import io.modelmill.dataset.source.Quotes;
import java.nio.ByteOrder;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Type of an array's items.
 *
 * @param kind NumPy's letter: {@code f i u b} are numbers, {@code U S} texts
 * @param bytes of an item
 */
record NpyType(char kind, int bytes, ByteOrder order) {
    private static final Pattern DESCRIPTION = Pattern.compile("([<>|=]?)([a-zA-Z?])([0-9]{0,9})");
    private static final Set<String> NUMBERS =
            Set.of("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1");
    private static final int UTF_32 = 4;

    /**
     * Reads a description such as {@code <f4}.
     *
     * @param place begins the message of what is not read
     * @param largest most bytes of an item
     */
    static NpyType parse(String description, String place, int largest) {
        Matcher parts = DESCRIPTION.matcher(description);
        if (!parts.matches()) {
            throw refused(description, place);
        }
        char kind = parts.group(2).charAt(0);
        if (kind == 'O') {
            throw new BadDataException(
                    place + ": Python objects, which are pickled and are not read (expected: numbers or" + " texts)");
        }
        ByteOrder order = parts.group(1).equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        String count = parts.group(3);
        if (NUMBERS.contains(kind + count)) {
            return new NpyType(kind, Integer.parseInt(count), order);
        }
        if ((kind != 'U' && kind != 'S') || count.isEmpty()) {
            throw refused(description, place);
        }
        long bytes = Long.parseLong(count) * (kind == 'U' ? UTF_32 : 1);
        if (bytes == 0 || bytes > largest) {
            throw new BadDataException(place + ": texts of " + bytes + " bytes (expected: 1 to " + largest + ")");
        }
        return new NpyType(kind, (int) bytes, order);
    }

    private static BadDataException refused(String description, String place) {
        return new BadDataException(
                place + ": type " + Quotes.quote(description) + " (expected: numbers, i u f b, or texts, U S)");
    }

    boolean isText() {
        return kind == 'U' || kind == 'S';
    }

    boolean isByte() {
        return kind == 'u' && bytes == 1;
    }

    boolean isFraction() {
        return kind == 'f';
    }
}
