package io.modelmill.registry.dataset;

import io.modelmill.servicekit.error.CommonReason;
import io.modelmill.servicekit.error.FieldViolation;
import io.modelmill.servicekit.error.ServiceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Faults of a CSV file, the first {@value #MOST} of them. */
final class CsvFaults {
    static final int MOST = 20;

    private static final String FIELD = "dataset_version.sha256";
    private static final int LONGEST_QUOTE = 60;

    private final List<FieldViolation> found = new ArrayList<>();

    /** @param line from 1, the header's */
    void add(long line, String what, String expected) {
        found.add(new FieldViolation(FIELD, "line " + line + ": " + what + " (expected: " + expected + ")"));
    }

    void addCell(long line, String column, String cell, String expected) {
        found.add(new FieldViolation(
                FIELD,
                "line " + line + ", column " + quote(column) + ": " + quote(cell) + " (expected: " + expected + ")"));
    }

    /** A fault of the file as a whole. */
    void addWhole(String what, String expected) {
        found.add(new FieldViolation(FIELD, what + " (expected: " + expected + ")"));
    }

    /** A fault of another field of the request. */
    void addField(String field, String value, String expected) {
        found.add(new FieldViolation(field, quote(value) + " (expected: " + expected + ")"));
    }

    boolean isFull() {
        return found.size() >= MOST;
    }

    boolean isEmpty() {
        return found.isEmpty();
    }

    void throwIfAny() {
        if (found.isEmpty()) {
            return;
        }
        String message = found.stream()
                .map(fault -> fault.field() + ": " + fault.description())
                .collect(Collectors.joining("; "));
        throw new ServiceException(CommonReason.INVALID_FIELD, message, found, Optional.empty());
    }

    /** Short and on one line, whatever the file holds. */
    static String quote(String text) {
        String line = text.replaceAll("\\p{Cntrl}", "?");
        return '"' + (line.length() <= LONGEST_QUOTE ? line : line.substring(0, LONGEST_QUOTE) + "...") + '"';
    }
}
