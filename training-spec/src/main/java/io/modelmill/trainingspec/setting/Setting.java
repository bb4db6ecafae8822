package io.modelmill.trainingspec.setting;

import io.modelmill.trainingspec.fault.Faults;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A setting that an entry of a catalogue has.
 *
 * @param name in a job, as a field of the API
 * @param type of its value
 * @param fallback what holds when the job gives none; null if it must
 * @param expected what values are right, in words
 * @param accepts whether a value is right
 */
public record Setting<V>(
        String name, Class<V> type, @Nullable V fallback, String expected, Predicate<V> accepts) {
    /** A whole number of a range; no fallback if it is null. */
    public static Setting<Long> whole(String name, @Nullable Long fallback, long least, long most) {
        return new Setting<>(
                name, Long.class, fallback, least + " to " + most, value -> value >= least && value <= most);
    }

    /** A fraction from 0 and below 1. */
    public static Setting<Double> fraction(String name, @Nullable Double fallback) {
        return new Setting<>(name, Double.class, fallback, "from 0 and below 1", value -> value >= 0 && value < 1);
    }

    /** A number above 0. */
    public static Setting<Double> positive(String name, @Nullable Double fallback) {
        return new Setting<>(
                name, Double.class, fallback, "finite and above 0", value -> value > 0 && Double.isFinite(value));
    }

    /** A number from 0. */
    public static Setting<Double> notNegative(String name, double fallback) {
        return new Setting<>(
                name, Double.class, fallback, "finite and at least 0", value -> value >= 0 && Double.isFinite(value));
    }

    /** Numbers above 0, or none. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    public static Setting<List<Double>> weights(String name) {
        return new Setting<>(
                name,
                (Class<List<Double>>) (Class) List.class,
                List.of(),
                "finite numbers above 0",
                values -> values.stream().allMatch(value -> value > 0 && Double.isFinite(value)));
    }

    public static Setting<Boolean> flag(String name) {
        return new Setting<>(name, Boolean.class, false, "true or false", value -> true);
    }

    /** One of some names; no fallback if it is null. */
    public static Setting<String> choice(String name, @Nullable String fallback, String... names) {
        SortedSet<String> sorted = new TreeSet<>(List.of(names));
        return new Setting<>(name, String.class, fallback, "one of " + String.join(", ", sorted), sorted::contains);
    }

    /** Lengths of axes: one for all of them, or one for each; no fallback if it is null. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    public static Setting<List<Long>> lengths(String name, @Nullable List<Long> fallback, long most) {
        return new Setting<>(
                name,
                (Class<List<Long>>) (Class) List.class,
                fallback,
                "1 to 3 numbers from 1 to " + most,
                values -> !values.isEmpty()
                        && values.size() <= 3
                        && values.stream().allMatch(value -> value >= 1 && value <= most));
    }

    /** The value that holds where a job gives these, if it is right. */
    Optional<V> read(Map<String, Object> given, Faults faults) {
        Object value = given.get(name);
        if (value == null) {
            if (fallback == null) {
                faults.add(name, "not set", expected);
            }
            return Optional.ofNullable(fallback);
        }
        if (!type.isInstance(value) || !accepts.test(type.cast(value))) {
            faults.add(name, value, expected);
            return Optional.empty();
        }
        return Optional.of(type.cast(value));
    }
}
