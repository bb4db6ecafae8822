package io.modelmill.trainingspec.setting;

import io.modelmill.trainingspec.fault.Faults;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The settings that hold for one entry, all of them right. */
public final class Settings {
    private final Map<String, Object> values;

    private Settings(Map<String, Object> values) {
        this.values = Map.copyOf(values);
    }

    /**
     * Reads what a job gives.
     *
     * @param what such as {@code a layer dense}, for messages
     * @return empty if any is wrong, which is noted
     */
    public static Optional<Settings> read(
            String what, Map<String, Object> given, List<Setting<?>> known, Faults faults) {
        Map<String, Object> values = new HashMap<>();
        boolean right = true;
        for (Setting<?> setting : known) {
            Optional<?> value = setting.read(given, faults);
            value.ifPresent(read -> values.put(setting.name(), read));
            right &= value.isPresent();
        }
        for (Map.Entry<String, Object> other : given.entrySet()) {
            if (known.stream().noneMatch(setting -> setting.name().equals(other.getKey()))) {
                faults.add(other.getKey(), other.getValue(), "not set: " + what + " has none");
                right = false;
            }
        }
        return right ? Optional.of(new Settings(values)) : Optional.empty();
    }

    /** The value of a setting that the entry has. */
    public <V> V get(Setting<V> setting) {
        Object value = values.get(setting.name());
        if (value == null) {
            throw new IllegalArgumentException("no setting " + setting.name());
        }
        return setting.type().cast(value);
    }

    /** The value of a setting for so many axes: one that is given alone holds for all. */
    public long[] axes(Setting<List<Long>> setting, int rank) {
        List<Long> given = get(setting);
        long[] lengths = new long[rank];
        for (int axis = 0; axis < rank; axis++) {
            lengths[axis] = given.get(given.size() == 1 ? 0 : axis);
        }
        return lengths;
    }
}
