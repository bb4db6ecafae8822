package io.modelmill.registry.garbage;

import io.modelmill.registry.artifact.AbandonedFiles;
import io.modelmill.registry.garbage.Garbage.PartialFile;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** Files of uploads that are over; the sweeper of uploads finds the same ones, in its own time. */
@ApplicationScoped
class AbandonedUploads implements GarbageSource<PartialFile> {
    private final AbandonedFiles files;

    AbandonedUploads(AbandonedFiles files) {
        this.files = files;
    }

    @Override
    public void look(boolean forecast, Consumer<List<PartialFile>> consumer) throws IOException {
        files.look(batch -> consumer.accept(batch.stream().map(PartialFile::new).toList()));
    }

    @Override
    public List<PartialFile> remove(List<PartialFile> batch) {
        return batch.stream().filter(partial -> files.remove(partial.file())).toList();
    }
}
