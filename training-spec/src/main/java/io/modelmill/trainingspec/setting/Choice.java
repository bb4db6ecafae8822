package io.modelmill.trainingspec.setting;

import java.util.Map;

/**
 * An entry of a catalogue as a job chooses it, such as a loss or an optimiser. It may hold anything: the {@link Catalogue}
 * says what is wrong.
 *
 * @param type name of the entry
 * @param settings those that the job gives, by name: {@code Long}, {@code Double}, {@code Boolean}, {@code String} or a list
 *     of {@code Long} or {@code Double}
 */
public record Choice(String type, Map<String, Object> settings) {
    public Choice {
        settings = Map.copyOf(settings);
    }

    /** An entry with all its settings as they are unless given. */
    public static Choice of(String type) {
        return new Choice(type, Map.of());
    }
}
