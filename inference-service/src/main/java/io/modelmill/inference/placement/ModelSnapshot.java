package io.modelmill.inference.placement;

import io.modelmill.inference.model.ServedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * What this replica knew of models when it last ran, on its own disk: with broker and registry away, a restarted replica
 * serves from it.
 */
final class ModelSnapshot {
    private static final Logger LOG = Logger.getLogger(ModelSnapshot.class);

    private final Path file;

    ModelSnapshot(Path directory) {
        this.file = directory.toAbsolutePath().resolve("serving-states");
    }

    /** Replaces the snapshot; a failure is logged and leaves the old one. */
    void write(Collection<ServedModel> models) {
        try {
            Files.createDirectories(file.getParent());
            Path next = file.resolveSibling("serving-states.part");
            Files.write(next, ServedModelsCodec.encode(models));
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            LOG.warnf("%s: not written: %s", file, e);
        }
    }

    /** The last snapshot; empty if there is none or if it was damaged. */
    Optional<List<ServedModel>> read() {
        if (Files.notExists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(ServedModelsCodec.decode(Files.readAllBytes(file)));
        } catch (IOException | IllegalArgumentException e) {
            LOG.warnf("%s: not usable: %s", file, e);
            return Optional.empty();
        }
    }
}
