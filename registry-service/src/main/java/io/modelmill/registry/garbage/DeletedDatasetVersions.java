package io.modelmill.registry.garbage;

import io.modelmill.registry.dataset.DatasetVersionPurge;
import io.modelmill.registry.garbage.Garbage.DeletedDatasetVersion;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jdbi.v3.core.Jdbi;

/** Versions of data sets that were deleted long ago. Each goes in a transaction of its own. */
@ApplicationScoped
class DeletedDatasetVersions implements GarbageSource<DeletedDatasetVersion> {
    private static final int BATCH = 100;

    private final Jdbi jdbi;
    private final DatasetVersionPurge purge;

    DeletedDatasetVersions(Jdbi jdbi, DatasetVersionPurge purge) {
        this.jdbi = jdbi;
        this.purge = purge;
    }

    @Override
    public void look(boolean forecast, Consumer<List<DeletedDatasetVersion>> consumer) {
        Optional<DatasetVersionPurge.Due> last = Optional.empty();
        List<DatasetVersionPurge.Due> due;
        do {
            Optional<DatasetVersionPurge.Due> after = last;
            due = jdbi.withHandle(handle -> DatasetVersionPurge.due(handle, after, BATCH));
            if (!due.isEmpty()) {
                last = Optional.of(due.getLast());
                consumer.accept(due.stream().map(DeletedDatasetVersion::new).toList());
            }
        } while (due.size() == BATCH);
    }

    @Override
    public List<DeletedDatasetVersion> remove(List<DeletedDatasetVersion> batch) {
        return batch.stream().filter(version -> purge.purge(version.due())).toList();
    }
}
