package io.modelmill.worker.data;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/** Reads what rows are ordered by: numbers, or dates and times of ISO 8601, all of one kind. */
final class Times {
    private Kind kind = Kind.UNKNOWN;

    private enum Kind {
        UNKNOWN,
        NUMBER,
        DATE
    }

    /** The text as a number that has its order; NaN where it is none, or of another kind than those before. */
    double read(String text) {
        if (kind == Kind.UNKNOWN) {
            kind = Double.isNaN(number(text)) ? Kind.DATE : Kind.NUMBER;
            if (kind == Kind.DATE && Double.isNaN(date(text))) {
                kind = Kind.UNKNOWN;
            }
        }
        return switch (kind) {
            case NUMBER -> number(text);
            case DATE -> date(text);
            case UNKNOWN -> Double.NaN;
        };
    }

    /** What the next must be. */
    String expected() {
        return switch (kind) {
            case NUMBER -> "a number, as in the rows before";
            case DATE -> "a date or time of ISO 8601, as in the rows before";
            case UNKNOWN -> "a number, or a date or time of ISO 8601 such as 2026-01-31 or 2026-01-31T12:30:00Z";
        };
    }

    private static double number(String text) {
        try {
            double number = Double.parseDouble(text);
            return Double.isFinite(number) ? number : Double.NaN;
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }

    /** Seconds since 1970 in UTC, to the microsecond. */
    private static double date(String text) {
        try {
            if (text.indexOf('T') < 0) {
                return LocalDate.parse(text).toEpochDay() * 86_400.0;
            }
            boolean hasOffset =
                    text.endsWith("Z") || text.lastIndexOf('+') > 0 || text.lastIndexOf('-') > text.indexOf('T');
            OffsetDateTime time = hasOffset
                    ? OffsetDateTime.parse(text)
                    : LocalDateTime.parse(text).atOffset(ZoneOffset.UTC);
            return time.toEpochSecond() + time.getNano() / 1e9;
        } catch (DateTimeException e) {
            return Double.NaN;
        }
    }
}
