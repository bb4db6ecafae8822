package io.modelmill.registry.artifact;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.UUID;
import org.jboss.logging.Logger;

/**
 * Files that grow call by call under {@code <directory>/.uploads/<part>}, on the file system of the store, so that a finished
 * one moves in one step. How much of a file is good, the database says: what lies behind that was written by a call that never
 * ended, and is written over.
 */
@ApplicationScoped
class PartialFiles {
    private static final Logger LOG = Logger.getLogger(PartialFiles.class);
    private static final int BUFFER = 1 << 20;
    /** The JDK copies what is written at a time into memory outside of the heap, which it keeps for each thread. */
    private static final int PIECE = 1 << 18;

    private final FileArtifactStore store;
    private final Path directory;

    PartialFiles(FileArtifactStore store, ArtifactConfig config) {
        this.store = store;
        this.directory = directory(config.directory().toAbsolutePath().normalize());
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("modelmill.artifacts.directory: " + directory + " cannot be used", e);
        }
    }

    /**
     * Puts bytes at an offset. After the return they survive a power cut.
     *
     * @throws NoSuchFileException if the bytes before the offset are gone
     */
    void write(UUID part, long offset, ByteBuffer bytes) throws IOException {
        Path file = path(part);
        boolean isFirst = offset == 0;
        try (FileChannel channel = isFirst
                ? FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)
                : FileChannel.open(file, StandardOpenOption.WRITE)) {
            if (channel.size() < offset) {
                throw new NoSuchFileException(
                        file.toString(), null, channel.size() + " bytes (expected: " + offset + " or more)");
            }
            long position = offset;
            while (bytes.hasRemaining()) {
                ByteBuffer piece = bytes.slice(bytes.position(), Math.min(bytes.remaining(), PIECE));
                int written = channel.write(piece, position);
                position += written;
                bytes.position(bytes.position() + written);
            }
            channel.force(false);
        }
        if (isFirst) {
            FileArtifactStore.synchronise(directory);
        }
    }

    /**
     * SHA-256 of a file that nobody writes to any more, in lower-case hexadecimal digits.
     *
     * @param kept where the file is if {@link #keep} has moved it already
     * @throws NoSuchFileException if the file is gone
     */
    String digest(UUID part, ArtifactKey kept) throws IOException {
        MessageDigest digest = sha256();
        try (InputStream bytes = open(part, kept)) {
            byte[] buffer = new byte[BUFFER];
            for (int read = bytes.read(buffer); read >= 0; read = bytes.read(buffer)) {
                digest.update(buffer, 0, read);
                // Seconds of work that never blocks: other calls share the few threads that carry the virtual ones.
                Thread.yield();
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private InputStream open(UUID part, ArtifactKey kept) throws IOException {
        try {
            return Files.newInputStream(path(part));
        } catch (NoSuchFileException e) {
            return Files.newInputStream(store.path(kept));
        }
    }

    /**
     * Makes a file part of the store, durably, or sees that an earlier call did that and died before it was noted.
     *
     * @throws NoSuchFileException if the file is gone
     */
    void keep(UUID part, ArtifactKey key) throws IOException {
        if (Files.exists(path(part)) || !Files.exists(store.path(key))) {
            store.adopt(path(part), key);
        } else {
            store.settle(key);
        }
    }

    /** Removes a file, if it is there. One that cannot be removed now is found by the next look for forgotten ones. */
    void remove(UUID part) {
        try {
            Files.deleteIfExists(path(part));
        } catch (IOException e) {
            LOG.warnf("%s: not removed yet: %s", path(part), e);
        }
    }

    /** Where uploads of many calls grow. */
    static Path directory(Path store) {
        return store.resolve(".uploads");
    }

    private Path path(UUID part) {
        return directory.resolve(part.toString());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
