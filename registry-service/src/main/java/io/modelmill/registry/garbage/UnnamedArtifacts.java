package io.modelmill.registry.garbage;

import io.modelmill.registry.artifact.ArtifactKey;
import io.modelmill.registry.garbage.Garbage.UnnamedArtifact;
import io.modelmill.registry.quota.StorageQuotas;
import io.modelmill.registry.retention.RetentionConfig;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Jdbi;

/**
 * Files that nobody names. The rows of a batch go in one transaction, and only then the files, each under its own lock: a crash
 * leaves files without a row, which {@link StrayFiles} finds.
 */
@ApplicationScoped
class UnnamedArtifacts implements GarbageSource<UnnamedArtifact> {
    private static final int BATCH = 200;

    private final Jdbi jdbi;
    private final StoreFiles files;
    private final RetentionConfig retention;

    UnnamedArtifacts(Jdbi jdbi, StoreFiles files, RetentionConfig retention) {
        this.jdbi = jdbi;
        this.files = files;
        this.retention = retention;
    }

    @Override
    public void look(boolean forecast, Consumer<List<UnnamedArtifact>> consumer) {
        Optional<ArtifactKey> last = Optional.empty();
        List<UnnamedArtifact> unnamed;
        do {
            Optional<ArtifactKey> after = last;
            unnamed = jdbi.withHandle(
                    handle -> PostgresGarbage.unnamed(handle, after, retention.unnamedArtifacts(), forecast, BATCH));
            if (!unnamed.isEmpty()) {
                last = Optional.of(unnamed.getLast().key());
                consumer.accept(unnamed);
            }
        } while (unnamed.size() == BATCH);
    }

    @Override
    public List<UnnamedArtifact> remove(List<UnnamedArtifact> batch) {
        List<ArtifactKey> keys = batch.stream().map(UnnamedArtifact::key).toList();
        List<UnnamedArtifact> deleted = jdbi.inTransaction(transaction -> {
            StorageQuotas.lock(
                    transaction, keys.stream().map(ArtifactKey::tenant).collect(Collectors.toSet()));
            List<ArtifactKey> locked = PostgresGarbage.lock(transaction, keys);
            return PostgresGarbage.delete(transaction, locked, retention.unnamedArtifacts());
        });
        deleted.forEach(artifact -> files.removeUnlessKnown(artifact.key()));
        return deleted;
    }
}
