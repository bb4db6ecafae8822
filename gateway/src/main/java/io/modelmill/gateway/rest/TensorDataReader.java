package io.modelmill.gateway.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads a tensor's {@code data}, flat or nested as its shape, straight from the JSON text into raw form: no element
 * becomes an object of its own.
 */
final class TensorDataReader {
    private static final BigInteger LARGEST_UINT64 = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);

    private final JsonParser json;
    private final String field;
    private final TensorDatatype datatype;
    private final long[] shape;
    private final long expected;
    private final RawTensor tensor = new RawTensor();
    private long count;

    /**
     * @param json stands at the token that should begin the array
     * @param field path of the data in the request, for errors
     */
    TensorDataReader(JsonParser json, String field, TensorDatatype datatype, long[] shape) {
        this.json = json;
        this.field = field;
        this.datatype = datatype;
        this.shape = shape.clone();
        this.expected = elements(shape, field);
    }

    /** Number of elements of a shape. */
    static long elements(long[] shape, String field) {
        long elements = 1;
        for (long axis : shape) {
            if (axis < 0) {
                throw Violations.of(field, new Offending(Arrays.toString(shape)), "axes of 0 or more");
            }
            try {
                elements = Math.multiplyExact(elements, axis);
            } catch (ArithmeticException e) {
                throw Violations.of(field, new Offending(Arrays.toString(shape)), "fewer elements");
            }
        }
        return elements;
    }

    /**
     * Reads to the array's end.
     *
     * @throws ServiceException INVALID_ARGUMENT if an element is no value of the datatype or the count is not the shape's
     */
    RawTensor read() throws IOException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            throw wrong("an array");
        }
        JsonToken first = json.nextToken();
        if (first == JsonToken.START_ARRAY) {
            readNested(0);
        } else {
            for (JsonToken token = first; token != JsonToken.END_ARRAY; token = json.nextToken()) {
                add(token);
            }
        }
        if (count != expected) {
            throw Violations.of(field, new Offending(count + " elements"), expected + " for shape " + shown());
        }
        return tensor;
    }

    /** Stands behind the START_ARRAY of the level and reads to its END_ARRAY. */
    private void readNested(int level) throws IOException {
        long children = 0;
        for (JsonToken token = json.currentToken(); token != JsonToken.END_ARRAY; token = json.nextToken()) {
            if (level == shape.length - 1) {
                add(token);
            } else if (token == JsonToken.START_ARRAY) {
                json.nextToken();
                readNested(level + 1);
            } else {
                throw wrong("an array of level " + (level + 2) + " for shape " + shown());
            }
            children++;
        }
        if (children != shape[level]) {
            throw Violations.of(
                    field,
                    new Offending(children + " elements at " + position()),
                    shape[level] + " for shape " + shown());
        }
    }

    private void add(JsonToken token) throws IOException {
        if (++count > expected) {
            throw Violations.of(
                    field, new Offending("more than " + expected + " elements"), expected + " for shape " + shown());
        }
        switch (datatype) {
            case BOOL -> tensor.addByte(bool(token));
            case INT8 -> tensor.addByte((int) integer(token, Byte.MIN_VALUE, Byte.MAX_VALUE));
            case INT16 -> tensor.addShort((int) integer(token, Short.MIN_VALUE, Short.MAX_VALUE));
            case INT32 -> tensor.addInt((int) integer(token, Integer.MIN_VALUE, Integer.MAX_VALUE));
            case INT64 -> tensor.addLong(integer(token, Long.MIN_VALUE, Long.MAX_VALUE));
            case UINT8 -> tensor.addByte((int) integer(token, 0, 0xff));
            case UINT16 -> tensor.addShort((int) integer(token, 0, 0xffff));
            case UINT32 -> tensor.addInt((int) integer(token, 0, 0xffff_ffffL));
            case UINT64 -> tensor.addLong(unsigned(token));
            case FP16 -> tensor.addShort(Float.floatToFloat16(real(token)));
            case BF16 -> tensor.addShort(HalfPrecision.toBf16(real(token)));
            case FP32 -> tensor.addFloat(real(token));
            case FP64 -> tensor.addDouble(realDouble(token));
            case BYTES -> tensor.addBytes(text(token));
        }
    }

    private int bool(JsonToken token) {
        return switch (token) {
            case VALUE_TRUE -> 1;
            case VALUE_FALSE -> 0;
            default -> throw wrong("true or false");
        };
    }

    private long integer(JsonToken token, long least, long most) throws IOException {
        if (token != JsonToken.VALUE_NUMBER_INT || json.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
            throw wrong(datatype + ", " + least + " to " + most);
        }
        long value = json.getLongValue();
        if (value < least || value > most) {
            throw wrong(datatype + ", " + least + " to " + most);
        }
        return value;
    }

    private long unsigned(JsonToken token) throws IOException {
        if (token != JsonToken.VALUE_NUMBER_INT) {
            throw wrong(datatype + ", 0 to " + LARGEST_UINT64);
        }
        if (json.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
            BigInteger value = json.getBigIntegerValue();
            if (value.signum() >= 0 && value.compareTo(LARGEST_UINT64) <= 0) {
                return value.longValue();
            }
        } else if (json.getLongValue() >= 0) {
            return json.getLongValue();
        }
        throw wrong(datatype + ", 0 to " + LARGEST_UINT64);
    }

    private float real(JsonToken token) throws IOException {
        return switch (token) {
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
                // Not through double, which would round twice.
                float value = Float.parseFloat(json.getText());
                if (Float.isInfinite(value)
                        || (datatype == TensorDatatype.FP16 && Math.abs(value) >= HalfPrecision.FP16_OVERFLOW)) {
                    throw wrong("a finite " + datatype);
                }
                yield value;
            }
            case VALUE_STRING -> (float) special();
            default -> throw wrong("a number");
        };
    }

    private double realDouble(JsonToken token) throws IOException {
        return switch (token) {
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
                double value = Double.parseDouble(json.getText());
                if (Double.isInfinite(value)) {
                    throw wrong("a finite FP64");
                }
                yield value;
            }
            case VALUE_STRING -> special();
            default -> throw wrong("a number");
        };
    }

    /** What JSON has no numbers for. */
    private double special() throws IOException {
        return switch (json.getText()) {
            case "NaN" -> Double.NaN;
            case "Infinity" -> Double.POSITIVE_INFINITY;
            case "-Infinity" -> Double.NEGATIVE_INFINITY;
            default -> throw wrong("a number, \"NaN\", \"Infinity\" or \"-Infinity\"");
        };
    }

    private byte[] text(JsonToken token) throws IOException {
        if (token != JsonToken.VALUE_STRING) {
            throw wrong("a string");
        }
        return json.getText().getBytes(StandardCharsets.UTF_8);
    }

    private ServiceException wrong(String expectation) {
        String offending;
        try {
            offending = String.valueOf(json.getText());
        } catch (IOException e) {
            offending = String.valueOf(json.currentToken());
        }
        String shortened = offending.length() > 60 ? offending.substring(0, 60) + "..." : offending;
        return Violations.of(field, new Offending(shortened + " at " + position()), expectation);
    }

    private String position() {
        return JsonPosition.of(json);
    }

    private String shown() {
        return Arrays.toString(shape);
    }
}
