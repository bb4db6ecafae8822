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
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Files under {@code <directory>/<tenant>/<2 hex>/<sha256>}. Uploads grow in {@code <directory>/.incoming} on the same
 * file system, so that a finished one moves in one step.
 */
@ApplicationScoped
class FileArtifactStore implements ArtifactStore {
    private final Path directory;
    private final Path incoming;

    FileArtifactStore(ArtifactConfig config) {
        this.directory = config.directory().toAbsolutePath().normalize();
        this.incoming = incoming(directory);
        try {
            Files.createDirectories(incoming);
        } catch (IOException e) {
            throw new UncheckedIOException("modelmill.artifacts.directory: " + directory + " cannot be used", e);
        }
    }

    /** Where uploads of one call grow. */
    static Path incoming(Path directory) {
        return directory.resolve(".incoming");
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
    public boolean remove(ArtifactKey key) throws IOException {
        // Folders stay, few as they are: somebody may be about to put a file into one.
        return Files.deleteIfExists(path(key));
    }

    @Override
    public void walk(int batchSize, Consumer<List<StoredFile>> consumer) throws IOException {
        StoreWalk.walk(directory, batchSize, consumer);
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
        public void force() throws IOException {
            channel.force(true);
            channel.close();
        }

        @Override
        public void keep(ArtifactKey key) throws IOException {
            adopt(file, key);
        }

        @Override
        public void close() throws IOException {
            channel.close();
            Files.deleteIfExists(file);
        }
    }
}
