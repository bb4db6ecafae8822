package io.modelmill.registry.garbage;

import io.modelmill.registry.garbage.Garbage.DeletedModelVersion;
import io.modelmill.registry.serving.ModelKey;
import io.modelmill.registry.version.VersionKey;
import io.modelmill.registry.version.VersionPurge;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jdbi.v3.core.Jdbi;

/** Versions of models that were deleted long ago. Those of a batch that are of one model go in one transaction. */
@ApplicationScoped
class DeletedModelVersions implements GarbageSource<DeletedModelVersion> {
    private static final int BATCH = 100;

    private final Jdbi jdbi;
    private final VersionPurge purge;

    DeletedModelVersions(Jdbi jdbi, VersionPurge purge) {
        this.jdbi = jdbi;
        this.purge = purge;
    }

    @Override
    public void look(boolean forecast, Consumer<List<DeletedModelVersion>> consumer) {
        Optional<VersionKey> last = Optional.empty();
        List<VersionPurge.Due> due;
        do {
            Optional<VersionKey> after = last;
            due = jdbi.withHandle(handle -> VersionPurge.due(handle, after, BATCH));
            if (!due.isEmpty()) {
                last = Optional.of(due.getLast().key());
                consumer.accept(due.stream().map(DeletedModelVersion::new).toList());
            }
        } while (due.size() == BATCH);
    }

    @Override
    public List<DeletedModelVersion> remove(List<DeletedModelVersion> batch) {
        Map<ModelKey, List<VersionPurge.Due>> byModel = new LinkedHashMap<>();
        batch.forEach(version -> byModel.computeIfAbsent(version.due().key().model(), model -> new ArrayList<>())
                .add(version.due()));
        List<DeletedModelVersion> removed = new ArrayList<>();
        byModel.forEach((model, versions) ->
                purge.purge(model, versions).forEach(version -> removed.add(new DeletedModelVersion(version))));
        return removed;
    }
}
