package io.modelmill.fleet.backup;

import io.modelmill.fleet.backup.DatabaseSnapshot.NamedArtifact;
import io.modelmill.fleet.backup.HashedFiles.Fingerprint;
import io.modelmill.fleet.installation.PrivateFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Files of the registry by tenant and hash: {@code TENANT/2 HEX/SHA256}, as the registry itself has them. */
record ArtifactFolder(Path root) {
    /** What the name of a file that is being copied begins with. */
    static final String INCOMING = ".incoming-";

    /** Where the file of an artifact is. */
    Path path(NamedArtifact artifact) {
        return root.resolve(artifact.tenant())
                .resolve(artifact.sha256().substring(0, 2))
                .resolve(artifact.sha256());
    }

    /** What is wrong with the file of an artifact; empty if it has the right bytes. */
    Optional<String> fault(NamedArtifact artifact) throws IOException {
        Path file = path(artifact);
        try {
            return fault(artifact, file, HashedFiles.read(file));
        } catch (NoSuchFileException e) {
            return Optional.of(artifact.name() + ": its file " + file + " is missing");
        }
    }

    private static Optional<String> fault(NamedArtifact artifact, Path file, Fingerprint actual) {
        if (actual.sizeBytes() != artifact.sizeBytes()) {
            return Optional.of(artifact.name() + ": its file " + file + " has " + actual.sizeBytes()
                    + " bytes (expected: " + artifact.sizeBytes() + ")");
        }
        if (!actual.sha256().equals(artifact.sha256())) {
            return Optional.of(artifact.name() + ": the bytes of its file " + file + " have the SHA-256 "
                    + actual.sha256() + " (expected: " + artifact.sha256() + ")");
        }
        return Optional.empty();
    }

    /** How many files were copied and how many were there already, with their bytes. */
    record Copied(long files, long bytes, long thereAlready) {}

    /**
     * Copies files that are not there with the right bytes, each checked on its way, durably.
     *
     * @param damage gets what is missing or has other bytes than its name says
     */
    Copied copyTo(ArtifactFolder target, Collection<NamedArtifact> artifacts, Damage damage) throws IOException {
        Path incoming = target.root().resolve(INCOMING + UUID.randomUUID());
        PrivateFiles.createDirectories(target.root());
        long files = 0;
        long bytes = 0;
        long there = 0;
        Set<Path> touched = new LinkedHashSet<>();
        try {
            for (NamedArtifact artifact : artifacts) {
                Path copy = target.path(artifact);
                if (Files.exists(copy) && target.fault(artifact).isEmpty()) {
                    there++;
                    continue;
                }
                Optional<String> fault = copy(artifact, incoming);
                if (fault.isPresent()) {
                    damage.add(fault.get());
                    Files.deleteIfExists(incoming);
                    continue;
                }
                target.makeFolders(artifact, touched);
                Files.move(incoming, copy, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                files++;
                bytes += artifact.sizeBytes();
            }
            for (Path folder : touched) {
                HashedFiles.synchronise(folder);
            }
        } finally {
            Files.deleteIfExists(incoming);
        }
        return new Copied(files, bytes, there);
    }

    private Optional<String> copy(NamedArtifact artifact, Path to) throws IOException {
        Path from = path(artifact);
        try (InputStream bytes = Files.newInputStream(from);
                DigestInputStream digesting = HashedFiles.digesting(bytes)) {
            Fingerprint written = HashedFiles.write(to, digesting::transferTo);
            return fault(artifact, from, written);
        } catch (NoSuchFileException e) {
            return Optional.of(artifact.name() + ": its file " + from + " is missing, though the registry names it");
        }
    }

    private void makeFolders(NamedArtifact artifact, Set<Path> touched) throws IOException {
        Path tenant = root.resolve(artifact.tenant());
        Path folder = tenant.resolve(artifact.sha256().substring(0, 2));
        for (Path each : List.of(tenant, folder)) {
            PrivateFiles.createDirectories(each);
        }
        touched.addAll(List.of(folder, tenant, root));
    }
}
