package io.modelmill.servicekit.filter;

import java.util.List;

/** What the items of a list must be like. */
public sealed interface Filter {
    /** Reads a filter; the empty text lets all pass. Throws INVALID_ARGUMENT with the place that cannot be read. */
    static Filter parse(String text) {
        return new FilterParser(text).parse();
    }

    /** All of them; none is always true. */
    record And(List<Filter> operands) implements Filter {
        public And {
            operands = List.copyOf(operands);
        }
    }

    /** At least one of them. */
    record Or(List<Filter> operands) implements Filter {
        public Or {
            operands = List.copyOf(operands);
        }
    }

    /** Not that. */
    record Not(Filter operand) implements Filter {}

    /**
     * One field and a value.
     *
     * @param field names joined by dots, such as {@code metrics.accuracy}
     * @param value as it was written, without quotes
     */
    record Comparison(String field, Comparator comparator, String value) implements Filter {
        /** As a caller would write it. */
        @Override
        public String toString() {
            return field + " " + comparator.symbol() + " \"" + value + "\"";
        }
    }
}
