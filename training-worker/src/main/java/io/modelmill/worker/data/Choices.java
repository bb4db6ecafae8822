package io.modelmill.worker.data;

import io.modelmill.worker.failure.JobFailedException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Names of a job, which its door has checked, as the constants that they are here. */
final class Choices {
    private Choices() {}

    /** Finds the constant; its name is the job's in upper case. */
    static <E extends Enum<E>> E require(Class<E> type, String field, String name) {
        E[] all = type.getEnumConstants();
        return Arrays.stream(all)
                .filter(constant -> name(constant).equals(name))
                .findFirst()
                .orElseThrow(() -> refused(
                        field,
                        name,
                        "one of " + Arrays.stream(all).map(Choices::name).collect(Collectors.joining(", "))));
    }

    /** What a job calls a constant. */
    static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    static JobFailedException refused(String field, Object value, String expected) {
        return new JobFailedException("data.%s: %s (expected: %s)".formatted(field, value, expected));
    }
}
