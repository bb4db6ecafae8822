package io.modelmill.registry.artifact;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;

/** Files of uploads that nobody goes on with: their process died, or could not remove them. A batch in memory at a time. */
@ApplicationScoped
public class AbandonedFiles {
    private static final Logger LOG = Logger.getLogger(AbandonedFiles.class);
    private static final int BATCH = 500;
    /** No upload of one call that still runs leaves its file untouched for so long. */
    private static final Duration LONGEST_PAUSE = Duration.ofDays(1);

    private final Jdbi jdbi;
    private final ArtifactConfig config;

    AbandonedFiles(Jdbi jdbi, ArtifactConfig config) {
        this.jdbi = jdbi;
        this.config = config;
    }

    /**
     * A file of an upload that is over.
     *
     * @param written when it last was
     */
    public record AbandonedFile(Path path, long sizeBytes, Instant written) {}

    /** Hands on all that there are now. */
    public void look(Consumer<List<AbandonedFile>> consumer) throws IOException {
        Path directory = config.directory().toAbsolutePath().normalize();
        Instant now = Instant.now();
        old(FileArtifactStore.incoming(directory), now.minus(LONGEST_PAUSE), consumer);
        // As old as an upload can become: whoever else shares the folder is not in the middle of it.
        old(
                PartialFiles.directory(directory),
                now.minus(config.uploadExpiry()),
                files -> consumer.accept(unknown(files)));
    }

    /** Removes one that was found; false if somebody else did, or it cannot be removed now. */
    public boolean remove(AbandonedFile file) {
        try {
            return Files.deleteIfExists(file.path());
        } catch (IOException e) {
            LOG.warnf("%s: not removed yet: %s", file.path(), e);
            return false;
        }
    }

    private static void old(Path folder, Instant before, Consumer<List<AbandonedFile>> consumer) throws IOException {
        if (!Files.isDirectory(folder)) {
            // Nobody has uploaded anything yet.
            return;
        }
        List<AbandonedFile> batch = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                try {
                    Instant written = Files.getLastModifiedTime(file).toInstant();
                    if (written.isBefore(before)) {
                        batch.add(new AbandonedFile(file, Files.size(file), written));
                    }
                } catch (NoSuchFileException e) {
                    LOG.debugf("%s: finished meanwhile", file);
                }
                if (batch.size() == BATCH) {
                    consumer.accept(List.copyOf(batch));
                    batch.clear();
                }
            }
        }
        consumer.accept(List.copyOf(batch));
    }

    /** Those that belong to no upload. */
    private List<AbandonedFile> unknown(List<AbandonedFile> files) {
        List<UUID> parts = new ArrayList<>();
        List<AbandonedFile> ours = new ArrayList<>();
        for (AbandonedFile file : files) {
            try {
                parts.add(UUID.fromString(file.path().getFileName().toString()));
                ours.add(file);
            } catch (IllegalArgumentException e) {
                LOG.warnf("%s: no file of an upload, left alone", file.path());
            }
        }
        Set<UUID> known = jdbi.withHandle(handle -> PostgresUploadStore.known(handle, parts));
        List<AbandonedFile> unknown = new ArrayList<>();
        for (int index = 0; index < parts.size(); index++) {
            if (!known.contains(parts.get(index))) {
                unknown.add(ours.get(index));
            }
        }
        return unknown;
    }
}
