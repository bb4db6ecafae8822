package io.modelmill.inference.model;

import java.util.regex.Pattern;

/** Which version of a model a caller asks for. */
public sealed interface VersionChoice {
    /** The alias that is meant when a caller names no version. */
    String PRODUCTION = "production";

    /** The alias {@value #PRODUCTION}, else the highest version. */
    record Unnamed() implements VersionChoice {}

    /** A version by its number; any text of digits, so it may be too large for a version. */
    record Numbered(String digits) implements VersionChoice {}

    /** The target of an alias. */
    record Alias(String id) implements VersionChoice {}

    /** Digits that may not be a version's number, for it has no leading zero and fits a long. */
    Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,17}");

    /** Reads the protocol's {@code model_version}. */
    static VersionChoice of(String text) {
        if (text.isEmpty()) {
            return new Unnamed();
        }
        return text.chars().allMatch(character -> character >= '0' && character <= '9')
                ? new Numbered(text)
                : new Alias(text);
    }
}
