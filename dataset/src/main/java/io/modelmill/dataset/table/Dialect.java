package io.modelmill.dataset.table;

import org.apache.commons.csv.CSVFormat;

/** How a table is written. */
public enum Dialect {
    /** RFC 4180. */
    CSV(CSVFormat.RFC4180.builder().setIgnoreEmptyLines(false).get()),
    /** Tabs between cells; quotes are text as all else. */
    TSV(CSVFormat.RFC4180
            .builder()
            .setDelimiter('\t')
            .setQuote(null)
            .setIgnoreEmptyLines(false)
            .get());

    private final CSVFormat format;

    Dialect(CSVFormat format) {
        this.format = format;
    }

    CSVFormat format() {
        return format;
    }

    char delimiter() {
        return format.getDelimiterString().charAt(0);
    }
}
