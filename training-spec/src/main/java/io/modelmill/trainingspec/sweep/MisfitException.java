package io.modelmill.trainingspec.sweep;

/** A value has no place in a spec. */
public final class MisfitException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String path;
    private final String offending;
    private final String expected;

    MisfitException(String path, Scalar offending, String expected) {
        super(path + ": " + offending + " (expected: " + expected + ")");
        this.path = path;
        this.offending = offending.toString();
        this.expected = expected;
    }

    /** Where the value should have been. */
    public String path() {
        return path;
    }

    /** The value. */
    public String offending() {
        return offending;
    }

    /** What would have fitted. */
    public String expected() {
        return expected;
    }
}
