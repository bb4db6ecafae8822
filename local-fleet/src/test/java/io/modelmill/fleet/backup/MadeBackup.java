package io.modelmill.fleet.backup;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.modelmill.fleet.backup.DatabaseSnapshot.NamedArtifact;
import io.modelmill.fleet.backup.HashedFiles.Fingerprint;
import io.modelmill.fleet.backup.Manifest.DatabaseDump;
import io.modelmill.fleet.backup.Manifest.FileEntry;
import io.modelmill.fleet.backup.Manifest.Migration;
import io.modelmill.fleet.backup.Manifest.SequenceValue;
import io.modelmill.fleet.backup.Manifest.TableDump;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;

/** A backup of a fleet that never was: a table of two rows in each database, and two files. */
record MadeBackup(Path target, String name, List<NamedArtifact> artifacts) {
    static final String NAME = "20260101T000000.000Z";

    static MadeBackup in(Path target) throws IOException {
        BackupTarget backups = new BackupTarget(target);
        backups.prepare();
        Path folder = backups.incomplete(NAME);
        Files.createDirectories(folder);
        List<DatabaseDump> databases = new ArrayList<>();
        for (String database : List.of("training", "registry", "gateway")) {
            Files.createDirectories(folder.resolve(database));
            String path = database + "/public.thing.copy.gz";
            ByteArrayOutputStream zipped = new ByteArrayOutputStream();
            try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
                gzip.write("1\tone\\nline\n2\ttwo\n".getBytes(UTF_8));
            }
            Fingerprint written = HashedFiles.write(folder.resolve(path), zipped::writeTo);
            databases.add(new DatabaseDump(
                    database,
                    "2026-01-01T00:00:00Z",
                    List.of(new Migration("0001", -7), new Migration("0100", 42)),
                    List.of(new TableDump(
                            new TableName("public", "thing"),
                            List.of("id", "text"),
                            2,
                            new FileEntry(path, written.sizeBytes(), written.sha256()))),
                    List.of(new SequenceValue(new TableName("public", "thing_id_seq"), 2, true))));
        }
        List<NamedArtifact> artifacts = new ArrayList<>();
        for (String content : List.of("first file", "second file")) {
            NamedArtifact artifact = new NamedArtifact("acme", sha256(content), content.length());
            Path file = new ArtifactFolder(backups.artifacts()).path(artifact);
            Files.createDirectories(file.getParent());
            Files.writeString(file, content);
            artifacts.add(artifact);
        }
        FileEntry list = ArtifactList.write(folder, artifacts);
        Fingerprint pepper = HashedFiles.write(folder.resolve("pepper"), out -> out.write(new byte[32]));
        ManifestCodec.write(
                folder,
                new Manifest(
                        "1.2.3",
                        "2026-01-01T00:00:00Z",
                        databases,
                        list,
                        artifacts.size(),
                        Optional.of(new FileEntry("pepper", pepper.sizeBytes(), pepper.sha256()))));
        Files.move(folder, backups.complete(NAME));
        return new MadeBackup(target, NAME, artifacts);
    }

    /** A file of the backup's own. */
    Path file(String path) {
        return new BackupTarget(target).complete(name).resolve(path);
    }

    /** The file of one of its artifacts. */
    Path artifact(int index) {
        return new ArtifactFolder(new BackupTarget(target).artifacts()).path(artifacts.get(index));
    }

    /** Changes the manifest as nobody should, with a digest that fits. */
    void rewrite(String part, String replacement) throws IOException {
        String json = Files.readString(file(ManifestCodec.FILE));
        if (!json.contains(part)) {
            throw new IllegalArgumentException(part + " is not in " + json);
        }
        String changed = json.replace(part, replacement);
        Files.writeString(file(ManifestCodec.FILE), changed);
        Files.writeString(file(ManifestCodec.DIGEST), sha256(changed) + "  " + ManifestCodec.FILE + "\n");
    }

    static String sha256(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
