package io.modelmill.dataset.image;

import io.modelmill.dataset.BadDataException;
import io.modelmill.dataset.Subset;
import io.modelmill.dataset.source.Quotes;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an image's path tells: {@code CLASS/NAME} or {@code SUBSET/CLASS/NAME}. */
record ImagePath(Optional<Subset> subset, String label) {
    /** Reads a path; null for what other programs leave in zips, and for folders. */
    static @Nullable ImagePath parse(String path) {
        List<String> names = Arrays.asList(path.split("/", -1));
        if (names.getLast().isEmpty()
                || names.getLast().startsWith(".")
                || names.getFirst().equals("__MACOSX")) {
            return null;
        }
        return switch (names.size()) {
            case 2 -> new ImagePath(Optional.empty(), names.getFirst());
            case 3 -> new ImagePath(Optional.of(subset(names.getFirst(), path)), names.get(1));
            default ->
                throw new BadDataException(Quotes.quote(path) + ": " + (names.size() - 1)
                        + " folders (expected: CLASS/NAME or SUBSET/CLASS/NAME)");
        };
    }

    private static Subset subset(String name, String path) {
        for (Subset subset : Subset.values()) {
            if (subset.name().toLowerCase(Locale.ROOT).equals(name)) {
                return subset;
            }
        }
        throw new BadDataException(Quotes.quote(path)
                + ": two folders (expected: CLASS/NAME, or SUBSET/CLASS/NAME with train, validation or test)");
    }
}
