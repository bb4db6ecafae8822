package io.modelmill.registry.artifact;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A store whose process dies at every fifth removal: before the file is gone, or after. One thread removes. */
public final class DyingStore implements ArtifactStore {
    private final ArtifactStore store;
    private final Random random;
    private final AtomicInteger removed = new AtomicInteger();
    private final AtomicInteger deaths = new AtomicInteger();

    public DyingStore(ArtifactStore store, Random random) {
        this.store = store;
        this.random = random;
    }

    /** How many files are gone. */
    public int removed() {
        return removed.get();
    }

    /** How often the process died. */
    public int deaths() {
        return deaths.get();
    }

    @Override
    public boolean remove(ArtifactKey key) throws IOException {
        boolean dies = random.nextInt(5) == 0;
        if (dies && random.nextBoolean()) {
            throw die();
        }
        boolean gone = store.remove(key);
        removed.addAndGet(gone ? 1 : 0);
        if (dies) {
            throw die();
        }
        return gone;
    }

    private Died die() {
        deaths.incrementAndGet();
        return new Died();
    }

    @Override
    public IncomingFile begin() throws IOException {
        return store.begin();
    }

    @Override
    public InputStream open(ArtifactKey key) throws IOException {
        return store.open(key);
    }

    @Override
    public Path path(ArtifactKey key) {
        return store.path(key);
    }

    @Override
    public void materialise(ArtifactKey key, Path target) throws IOException {
        store.materialise(key, target);
    }

    @Override
    public void walk(int batchSize, Consumer<List<StoredFile>> consumer) throws IOException {
        store.walk(batchSize, consumer);
    }

    @Override
    public void probe() throws IOException {
        store.probe();
    }

    /** The process is gone. */
    public static final class Died extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }
}
