package io.modelmill.trainingspec.network;

import io.modelmill.trainingspec.fault.Faults;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The settings that hold for one layer, all of them right. */
public final class Settings {
    private final Map<String, Object> values;

    private Settings(Map<String, Object> values) {
        this.values = Map.copyOf(values);
    }

    /** Reads a layer's settings; empty if any is wrong, which is noted. */
    static Optional<Settings> read(LayerSpec layer, List<Setting<?>> known, Faults faults) {
        Map<String, Object> values = new HashMap<>();
        boolean right = true;
        for (Setting<?> setting : known) {
            Optional<?> value = setting.read(layer, faults);
            value.ifPresent(read -> values.put(setting.name(), read));
            right &= value.isPresent();
        }
        for (Map.Entry<String, Object> given : layer.settings().entrySet()) {
            if (known.stream().noneMatch(setting -> setting.name().equals(given.getKey()))) {
                faults.add(given.getKey(), given.getValue(), "not set: a layer " + layer.type() + " has none");
                right = false;
            }
        }
        return right ? Optional.of(new Settings(values)) : Optional.empty();
    }

    /** The value of a setting that the layer's type has. */
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
