package io.modelmill.dataset.numpy;

import io.modelmill.dataset.BadDataException;
import io.modelmill.dataset.DatasetColumn;
import io.modelmill.dataset.source.Quotes;
import io.modelmill.dataset.table.DecimalNumber;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/** The row of an array at which a cursor stands. */
final class NpyRow {
    private static final long LARGEST_EXACT = 1L << 53;

    private final NpyType type;
    private final DatasetColumn column;
    private final byte[] bytes;
    private final ByteBuffer items;

    NpyRow(NpyArray array) {
        this.type = array.type();
        this.column = array.column();
        this.bytes = new byte[array.rowBytes()];
        this.items = ByteBuffer.wrap(bytes).order(type.order());
    }

    /** Takes the next row; the stream holds one, as its size was checked. */
    void read(InputStream array, Supplier<String> place) throws IOException {
        if (array.readNBytes(bytes, 0, bytes.length) < bytes.length) {
            throw new BadDataException(place.get() + ": " + Quotes.quote(column.name()) + " ends (expected: a row)");
        }
    }

    String text(Supplier<String> place) {
        if (type.isText()) {
            return type.kind() == 'U' ? codePoints(place) : utf8(place);
        }
        if (type.isFraction()) {
            double number = number(place);
            if (Double.isNaN(number)) {
                return "";
            }
            boolean whole = number == Math.rint(number) && Math.abs(number) <= LARGEST_EXACT;
            if (whole) {
                return Long.toString((long) number);
            }
            return type.bytes() == Double.BYTES ? Double.toString(number) : Float.toString((float) number);
        }
        return type.kind() == 'u' ? Long.toUnsignedString(integer(0)) : Long.toString(integer(0));
    }

    double number(Supplier<String> place) {
        if (type.isText()) {
            return DecimalNumber.read(text(place), place, column.name());
        }
        double number = item(0);
        if (Double.isInfinite(number)) {
            throw notFinite(place, number);
        }
        return number;
    }

    void tensor(MemorySegment target, Supplier<String> place) {
        if (column.type() == DatasetColumn.Type.BYTES) {
            target.copyFrom(MemorySegment.ofArray(bytes));
            return;
        }
        int count = bytes.length / type.bytes();
        for (int index = 0; index < count; index++) {
            float value = (float) item(index);
            if (!Float.isFinite(value)) {
                throw notFinite(place, item(index));
            }
            target.set(ValueLayout.JAVA_FLOAT_UNALIGNED, (long) index * Float.BYTES, value);
        }
    }

    private double item(int index) {
        if (!type.isFraction()) {
            long integer = integer(index);
            return type.kind() == 'u' && integer < 0 ? unsigned(integer) : integer;
        }
        return switch (type.bytes()) {
            case Short.BYTES -> Float.float16ToFloat(items.getShort(index * Short.BYTES));
            case Float.BYTES -> items.getFloat(index * Float.BYTES);
            default -> items.getDouble(index * Double.BYTES);
        };
    }

    private long integer(int index) {
        boolean signed = type.kind() == 'i';
        int offset = index * type.bytes();
        return switch (type.bytes()) {
            case Byte.BYTES -> {
                byte value = bytes[index];
                yield signed ? value : type.kind() == 'u' ? value & 0xff : value == 0 ? 0 : 1;
            }
            case Short.BYTES -> {
                short value = items.getShort(offset);
                yield signed ? value : Short.toUnsignedLong(value);
            }
            case Integer.BYTES -> {
                int value = items.getInt(offset);
                yield signed ? value : Integer.toUnsignedLong(value);
            }
            default -> items.getLong(offset);
        };
    }

    /** Of an integer beyond the largest signed one. */
    private static double unsigned(long integer) {
        return (integer >>> 1 | integer & 1) * 2.0;
    }

    private String codePoints(Supplier<String> place) {
        int count = bytes.length / Integer.BYTES;
        StringBuilder text = new StringBuilder();
        int end = 0;
        for (int index = 0; index < count; index++) {
            int codePoint = items.getInt(index * Integer.BYTES);
            if (!Character.isValidCodePoint(codePoint) || (codePoint >= 0xd800 && codePoint <= 0xdfff)) {
                throw BadDataException.ofRow("%s, column %s: 0x%x (expected: a character of Unicode)"
                        .formatted(place.get(), Quotes.quote(column.name()), codePoint));
            }
            text.appendCodePoint(codePoint);
            if (codePoint != 0) {
                end = text.length();
            }
        }
        text.setLength(end);
        return text.toString();
    }

    private String utf8(Supplier<String> place) {
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] == 0) {
            end--;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, 0, end))
                    .toString();
        } catch (CharacterCodingException e) {
            throw BadDataException.ofRow(place.get() + ", column " + Quotes.quote(column.name())
                    + ": bytes that are no UTF-8 (expected: UTF-8)");
        }
    }

    private BadDataException notFinite(Supplier<String> place, double value) {
        return BadDataException.ofRow(place.get() + ", column " + Quotes.quote(column.name()) + ": " + value
                + " (expected: a finite number" + (column.shape().isEmpty() ? "" : " of 32 bits") + ")");
    }
}
