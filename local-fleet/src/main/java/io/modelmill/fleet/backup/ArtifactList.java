package io.modelmill.fleet.backup;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.modelmill.fleet.backup.DatabaseSnapshot.NamedArtifact;
import io.modelmill.fleet.backup.HashedFiles.Fingerprint;
import io.modelmill.fleet.backup.Manifest.FileEntry;
import io.modelmill.fleet.installation.FleetException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The file of a backup that lists the registry's files: lines {@code tenant/sha256 bytes}. */
final class ArtifactList {
    static final String FILE = "artifacts.txt";

    private static final Pattern LINE = Pattern.compile("([a-z][a-z0-9-]{0,62})/([0-9a-f]{64}) ([0-9]{1,18})");

    private ArtifactList() {}

    static FileEntry write(Path backup, List<NamedArtifact> artifacts) throws IOException {
        Fingerprint written = HashedFiles.write(backup.resolve(FILE), out -> {
            BufferedWriter lines = new BufferedWriter(new OutputStreamWriter(out, UTF_8));
            for (NamedArtifact artifact : artifacts) {
                lines.write(artifact.tenant() + "/" + artifact.sha256() + " " + artifact.sizeBytes() + "\n");
            }
            lines.flush();
        });
        return new FileEntry(FILE, written.sizeBytes(), written.sha256());
    }

    /** Reads the list; a name in it never leads out of the folder of artifacts. */
    static List<NamedArtifact> read(Path backup, Manifest manifest) throws IOException {
        List<NamedArtifact> artifacts = new ArrayList<>();
        Path file = backup.resolve(manifest.artifacts().path());
        int number = 0;
        for (String line : Files.readAllLines(file, UTF_8)) {
            number++;
            Matcher parts = LINE.matcher(line);
            if (!parts.matches()) {
                throw new FleetException(
                        file + ":" + number + ": \"" + line + "\" (expected: TENANT/SHA256 BYTES, in lower case)");
            }
            artifacts.add(new NamedArtifact(parts.group(1), parts.group(2), Long.parseLong(parts.group(3))));
        }
        return artifacts;
    }
}
