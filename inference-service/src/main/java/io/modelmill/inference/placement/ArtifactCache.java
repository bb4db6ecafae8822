package io.modelmill.inference.placement;

import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedModel;
import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.model.VersionFile;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Files of versions on this machine's disk: {@code artifacts/{sha256}} holds the bytes, and
 * {@code versions/{tenant}/{model}/{version}} hard links to them under their paths, as a graph with external data needs
 * them. Bytes are checked against their hash before every load, those that lie here already too.
 */
final class ArtifactCache implements VersionFiles {
    private static final Logger LOG = Logger.getLogger(ArtifactCache.class);

    private static final String ARRIVING = "arriving-";
    /** Tenant, model, version. */
    private static final int VERSION_DEPTH = 3;

    private final ArtifactSource source;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final Path artifacts;
    private final Path versions;

    ArtifactCache(Path directory, ArtifactSource source) {
        this.source = source;
        this.artifacts = directory.toAbsolutePath().resolve("artifacts");
        this.versions = directory.toAbsolutePath().resolve("versions");
    }

    @Override
    public Path bring(ModelKey model, ServedVersion version) throws LoadFailedException {
        lock.readLock().lock();
        try {
            Files.createDirectories(artifacts);
            Path folder = folder(model, version);
            delete(folder);
            for (VersionFile file : version.files()) {
                Path verified = verified(model.tenant(), file);
                Path target = folder.resolve(file.path());
                Files.createDirectories(target.getParent());
                link(verified, target);
            }
            return folder;
        } catch (IOException e) {
            throw new LoadFailedException("its files could not be kept on this replica's disk", e);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Deletes what downloads left behind that a killed process did not end. */
    void deleteUnfinished() {
        try {
            for (Path kept : list(artifacts, 1)) {
                if (kept.getFileName().toString().startsWith(ARRIVING)) {
                    Files.deleteIfExists(kept);
                }
            }
        } catch (IOException e) {
            LOG.warnf("%s: unfinished downloads not deleted: %s", artifacts, e);
        }
    }

    /**
     * Deletes all files that no version needs any more.
     *
     * @param known asked when no version is being brought, so that a new version's files are never taken for old ones
     */
    void retain(Supplier<List<ServedModel>> known) {
        lock.writeLock().lock();
        try {
            Set<String> digests = new HashSet<>();
            Set<Path> folders = new HashSet<>();
            for (ServedModel model : known.get()) {
                for (ServedVersion version : model.versions().values()) {
                    folders.add(folder(model.key(), version));
                    version.files().forEach(file -> digests.add(file.sha256()));
                }
            }
            for (Path kept : list(artifacts, 1)) {
                if (!digests.contains(kept.getFileName().toString())) {
                    Files.deleteIfExists(kept);
                }
            }
            for (Path folder : list(versions, VERSION_DEPTH)) {
                if (!folders.contains(folder)) {
                    delete(folder);
                }
            }
        } catch (IOException e) {
            LOG.warnf("%s: unneeded files not deleted: %s", artifacts, e);
        } finally {
            lock.writeLock().unlock();
        }
    }

    private static List<Path> list(Path folder, int depth) throws IOException {
        try (Stream<Path> paths = Files.walk(folder, depth)) {
            return paths.filter(path -> folder.relativize(path).getNameCount() == depth && !path.equals(folder))
                    .toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    private Path folder(ModelKey model, ServedVersion version) {
        return versions.resolve(model.tenant()).resolve(model.model()).resolve(Long.toString(version.number()));
    }

    private Path verified(String tenant, VersionFile file) throws IOException, LoadFailedException {
        Path kept = artifacts.resolve(file.sha256());
        if (Files.exists(kept)) {
            if (digestOf(kept).equals(file.sha256())) {
                return kept;
            }
            LOG.errorf("%s: its bytes are not those of its name any more, fetching them anew", kept);
            Files.delete(kept);
        }
        fetch(tenant, file, kept);
        return kept;
    }

    private void fetch(String tenant, VersionFile file, Path kept) throws IOException, LoadFailedException {
        Path arriving = Files.createTempFile(artifacts, ARRIVING, ".part");
        try {
            MessageDigest digest = sha256();
            try (OutputStream sink = new BoundedOutput(
                    new DigestOutputStream(Files.newOutputStream(arriving), digest), file.sizeBytes())) {
                source.download(tenant, file.sha256(), sink);
            } catch (IOException e) {
                throw new LoadFailedException(
                        "file \"" + file.path() + "\" could not be fetched: " + e.getMessage(), e);
            }
            String arrived = HexFormat.of().formatHex(digest.digest());
            if (!arrived.equals(file.sha256())) {
                throw new LoadFailedException(
                        "file \"" + file.path() + "\" has SHA-256 " + arrived + " (expected: " + file.sha256() + ")");
            }
            Files.move(arriving, kept, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(arriving);
        }
    }

    private static void link(Path existing, Path target) throws IOException {
        try {
            Files.createLink(target, existing);
        } catch (UnsupportedOperationException | IOException e) {
            LOG.debugf("%s: no hard link, copying: %s", target, e);
            Files.copy(existing, target);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (NoSuchFileException e) {
            LOG.tracef("%s: not there", folder);
        }
    }

    private static String digestOf(Path file) throws IOException {
        MessageDigest digest = sha256();
        byte[] buffer = new byte[1 << 16];
        try (InputStream input = Files.newInputStream(file)) {
            for (int count = input.read(buffer); count >= 0; count = input.read(buffer)) {
                digest.update(buffer, 0, count);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Ends a download that brings more than was announced. */
    private static final class BoundedOutput extends FilterOutputStream {
        private final long limit;
        private long written;

        private BoundedOutput(OutputStream out, long limit) {
            super(out);
            this.limit = limit;
        }

        @Override
        public void write(int value) throws IOException {
            count(1);
            out.write(value);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            count(length);
            out.write(bytes, offset, length);
        }

        private void count(int more) throws IOException {
            written += more;
            if (written > limit) {
                throw new IOException("more than the announced " + limit + " bytes came");
            }
        }
    }
}
