package io.modelmill.registry.garbage;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** Finds one kind of garbage, and removes it. What goes is chosen by {@link #look} alone, whether it goes or is only told. */
interface GarbageSource<G extends Garbage> {
    /**
     * Hands on batches of what goes.
     *
     * @param forecast whether to take for gone what the sources before this one would remove
     */
    void look(boolean forecast, Consumer<List<G>> consumer) throws IOException;

    /**
     * Removes what was found, as far as it still is garbage.
     *
     * @return what is removed
     */
    List<G> remove(List<G> batch);
}
