package io.modelmill.trainingspec.network;

import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.setting.Setting;
import io.modelmill.trainingspec.setting.Settings;
import java.util.List;
import java.util.Optional;

/** An entry of the catalogue of layers. */
public interface LayerType {
    /** What a job calls it. */
    String name();

    List<Setting<?>> settings();

    /** Whether it has layers inside. */
    default boolean nests() {
        return false;
    }

    /**
     * What it makes of a row.
     *
     * @return empty if it cannot take such rows, which is noted
     */
    Optional<Shape> output(Shape input, Settings settings, Faults faults);

    /** Numbers that it learns, for an input that it can take. */
    long parameters(Shape input, Settings settings);
}
