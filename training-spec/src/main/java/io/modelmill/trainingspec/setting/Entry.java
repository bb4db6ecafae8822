package io.modelmill.trainingspec.setting;

import java.util.List;

/**
 * An entry of a catalogue.
 *
 * @param name what a job calls it
 */
public record Entry(String name, List<Setting<?>> settings) {
    public Entry {
        settings = List.copyOf(settings);
    }

    public static Entry of(String name, Setting<?>... settings) {
        return new Entry(name, List.of(settings));
    }
}
