package io.modelmill.trainingspec.setting;

import io.modelmill.trainingspec.fault.Faults;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a job may choose from, such as the losses. */
public final class Catalogue {
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    private Catalogue(List<Entry> entries) {
        for (Entry entry : entries) {
            if (this.entries.put(entry.name(), entry) != null) {
                throw new IllegalArgumentException("two entries are named " + entry.name());
            }
        }
    }

    public static Catalogue of(Entry... entries) {
        return new Catalogue(List.of(entries));
    }

    /** All entries, in the order in which they are documented. */
    public List<Entry> entries() {
        return List.copyOf(entries.values());
    }

    /**
     * Reads what a job chose.
     *
     * @param what such as {@code an optimizer}, for messages
     * @param faults takes all that is wrong, below the field of the choice
     * @return the settings that hold; empty if anything is wrong
     */
    public Optional<Settings> read(Choice choice, String what, Faults faults) {
        Entry entry = entries.get(choice.type());
        if (entry == null) {
            faults.add("type", choice.type(), "one of " + String.join(", ", entries.keySet()));
            return Optional.empty();
        }
        return Settings.read(what + " " + entry.name(), choice.settings(), entry.settings(), faults);
    }
}
