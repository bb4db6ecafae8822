package io.modelmill.dataset;

import java.io.Serial;
import java.util.List;

/** Files that are not what they are said to be. The message is for who sent them: it names the place, and what is expected. */
public final class BadDataException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final transient List<String> faults;
    private final boolean ofOneRow;

    public BadDataException(String message) {
        this(List.of(message));
    }

    /** @param faults at least one, each naming its place */
    public BadDataException(List<String> faults) {
        this(faults, false);
    }

    private BadDataException(List<String> faults, boolean ofOneRow) {
        super(String.join("; ", faults));
        this.faults = List.copyOf(faults);
        this.ofOneRow = ofOneRow;
    }

    /** A fault of a row behind which others can be read. */
    public static BadDataException ofRow(String message) {
        return new BadDataException(List.of(message), true);
    }

    /** The message in its parts. */
    public List<String> faults() {
        return faults;
    }

    /** Whether the cursor that threw it can be used further: to find more faults, for the data set is wrong all the same. */
    public boolean isOfOneRow() {
        return ofOneRow;
    }
}
