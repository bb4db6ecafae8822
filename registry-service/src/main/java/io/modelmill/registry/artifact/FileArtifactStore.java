package io.modelmill.registry.artifact;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Files under {@code <directory>/<tenant>/<2 hex>/<sha256>}. Uploads grow in {@code <directory>/.incoming} on the same
 * file system, so that a finished one moves in one step.
 */
@ApplicationScoped
class FileArtifactStore implements ArtifactStore {
    private static final Logger LOG = Logger.getLogger(FileArtifactStore.class);
    /** No upload that still runs leaves its file untouched for so long. */
    private static final Duration ABANDONED = Duration.ofDays(1);

    private final Path directory;
    private final Path incoming;

    FileArtifactStore(ArtifactConfig config) {
        this.directory = config.directory().toAbsolutePath().normalize();
        this.incoming = directory.resolve(".incoming");
        try {
            Files.createDirectories(incoming);
            removeAbandoned();
        } catch (IOException e) {
            throw new UncheckedIOException("modelmill.artifacts.directory: " + directory + " cannot be used", e);
        }
    }

    /** A process that was killed in an upload left its file; other replicas' uploads may be running now. */
    private void removeAbandoned() throws IOException {
        Instant oldest = Instant.now().minus(ABANDONED);
        try (Stream<Path> files = Files.list(incoming)) {
            for (Path file : files.toList()) {
                if (Files.getLastModifiedTime(file).toInstant().isBefore(oldest)) {
                    Files.deleteIfExists(file);
                    LOG.infof("removed an abandoned upload: %s", file);
                }
            }
        }
    }

    @Override
    public IncomingFile begin() throws IOException {
        Path file = incoming.resolve(UUID.randomUUID().toString());
        return new GrowingFile(file, FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    }

    @Override
    public InputStream open(ArtifactKey key) throws IOException {
        return Files.newInputStream(path(key));
    }

    @Override
    public void materialise(ArtifactKey key, Path target) throws IOException {
        // Not a hard link: whoever changed the file there would change the store.
        Files.copy(path(key), target);
    }

    @Override
    public void probe() throws IOException {
        Path file = Files.createTempFile(incoming, "probe", null);
        Files.delete(file);
    }

    @Override
    public Path path(ArtifactKey key) {
        return directory
                .resolve(key.tenant())
                .resolve(key.sha256().substring(0, 2))
                .resolve(key.sha256());
    }

    /** Makes a file on the same file system part of the store at once and durably; what it holds is on disk already. */
    void adopt(Path file, ArtifactKey key) throws IOException {
        Path target = path(key);
        Files.createDirectories(target.getParent());
        // The same bytes under the same name: replacing changes nothing, and readers keep the file they opened.
        Files.move(file, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        settle(key);
    }

    /** Makes it durable that a file is where it is. */
    void settle(ArtifactKey key) throws IOException {
        for (Path level = path(key).getParent();
                level != null && level.startsWith(directory);
                level = level.getParent()) {
            synchronise(level);
        }
    }

    static void synchronise(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private final class GrowingFile implements IncomingFile {
        private final Path file;
        private final FileChannel channel;

        GrowingFile(Path file, FileChannel channel) {
            this.file = file;
            this.channel = channel;
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }

        @Override
        public void keep(ArtifactKey key) throws IOException {
            channel.force(true);
            channel.close();
            adopt(file, key);
        }

        @Override
        public void close() throws IOException {
            channel.close();
            Files.deleteIfExists(file);
        }
    }
}
