package io.modelmill.fleet.backup;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.modelmill.fleet.backup.Manifest.DatabaseDump;
import io.modelmill.fleet.backup.Manifest.SequenceValue;
import io.modelmill.fleet.backup.Manifest.TableDump;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;

/** All that the databases of a backup hold. */
public final class Rows {
    private Rows() {}

    /**
     * Reads the newest backup of a folder.
     *
     * @return rows by database and table, sorted; and sequences
     */
    public static Map<String, List<String>> of(Path target, Optional<String> name) throws IOException {
        BackupCheck.Checked backup = BackupCheck.read(target, name);
        Map<String, List<String>> rows = new TreeMap<>();
        for (DatabaseDump database : backup.manifest().databases()) {
            for (TableDump table : database.tables()) {
                Path file = backup.folder().resolve(table.file().path());
                try (BufferedReader lines = new BufferedReader(
                        new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), UTF_8))) {
                    rows.put(
                            database.name() + "/" + table.table() + table.columns(),
                            lines.lines().sorted().toList());
                }
            }
            rows.put(
                    database.name() + "/sequences",
                    database.sequences().stream()
                            .map(SequenceValue::toString)
                            .sorted()
                            .toList());
        }
        return rows;
    }
}
