package io.modelmill.inference.placement;

import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.model.VersionFile;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How much memory versions take when they are loaded, in bytes. Before a version's first load it is what its publisher
 * says, else a multiple of its files; the first load on this replica is measured.
 *
 * <p>What is measured is by how much this process's resident memory grows from before the session is opened until after
 * the first run. Memory that unloaded versions left to the allocator is used again and does not show, so a version never
 * counts less than its files.
 */
final class VersionSizes {
    /** While a session opens, ONNX Runtime holds a graph's file and its own copy of the weights. */
    static final int LOADED_BYTES_PER_FILE_BYTE = 2;

    private final LongSupplier residentBytes;
    private final PerVersion<Measured> measured = new PerVersion<>();
    /** Two loads at once could not be told apart. */
    private final ReentrantLock measuring = new ReentrantLock();

    /** @param residentBytes of this process */
    VersionSizes(LongSupplier residentBytes) {
        this.residentBytes = residentBytes;
    }

    /** What the version is expected to take. */
    long of(ModelKey model, ServedVersion version) {
        Measured known = known(model, version);
        if (known == null && version.serving().memoryHintBytes().isPresent()) {
            return version.serving().memoryHintBytes().getAsLong();
        }
        return known == null ? Math.multiplyExact(fileBytes(version), LOADED_BYTES_PER_FILE_BYTE) : known.bytes();
    }

    /** Opens the version and measures it unless its size is known. */
    <T> T measuring(ModelKey model, ServedVersion version, Opening<T> opening)
            throws LoadFailedException, InterruptedException {
        if (known(model, version) != null) {
            return opening.open();
        }
        measuring.lockInterruptibly();
        try {
            long before = residentBytes.getAsLong();
            T opened = opening.open();
            long bytes = Math.max(fileBytes(version), residentBytes.getAsLong() - before);
            measured.put(model, version.number(), new Measured(version, bytes));
            return opened;
        } finally {
            measuring.unlock();
        }
    }

    private @Nullable Measured known(ModelKey model, ServedVersion version) {
        return measured.find(model, version.number())
                .filter(found -> found.version().equals(version))
                .orElse(null);
    }

    /** Forgets other versions of the model. */
    void retain(ModelKey model, Set<Long> numbers) {
        measured.retain(model, numbers);
    }

    private static long fileBytes(ServedVersion version) {
        return version.files().stream().mapToLong(VersionFile::sizeBytes).sum();
    }

    /** Opens a version's session and runs it once. */
    @FunctionalInterface
    interface Opening<T> {
        T open() throws LoadFailedException, InterruptedException;
    }

    private record Measured(ServedVersion version, long bytes) {}
}
