package io.modelmill.registry.garbage;

import io.modelmill.registry.artifact.ArtifactKey;
import io.modelmill.registry.artifact.ArtifactStore;
import io.modelmill.registry.artifact.StoredFile;
import io.modelmill.registry.garbage.Garbage.StrayFile;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jdbi.v3.core.Jdbi;

/** Files that are in the store without a row: an upload died before it was noted, or a collection after it had deleted the row. */
@ApplicationScoped
class StrayFiles implements GarbageSource<StrayFile> {
    private static final int BATCH = 500;

    private final Jdbi jdbi;
    private final ArtifactStore store;
    private final StoreFiles files;

    StrayFiles(Jdbi jdbi, ArtifactStore store, StoreFiles files) {
        this.jdbi = jdbi;
        this.store = store;
        this.files = files;
    }

    @Override
    public void look(boolean forecast, Consumer<List<StrayFile>> consumer) throws IOException {
        store.walk(BATCH, batch -> {
            List<ArtifactKey> keys = batch.stream().map(StoredFile::key).toList();
            Set<ArtifactKey> known = jdbi.withHandle(handle -> PostgresGarbage.known(handle, keys));
            consumer.accept(batch.stream()
                    .filter(file -> !known.contains(file.key()))
                    .map(StrayFile::new)
                    .toList());
        });
    }

    @Override
    public List<StrayFile> remove(List<StrayFile> batch) {
        return batch.stream()
                .filter(stray -> files.removeUnlessKnown(stray.file().key()))
                .toList();
    }
}
