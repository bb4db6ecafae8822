package io.modelmill.fleet.backup;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.modelmill.fleet.backup.HashedFiles.Fingerprint;
import io.modelmill.fleet.backup.Manifest.DatabaseDump;
import io.modelmill.fleet.backup.Manifest.FileEntry;
import io.modelmill.fleet.backup.Manifest.Migration;
import io.modelmill.fleet.backup.Manifest.SequenceValue;
import io.modelmill.fleet.backup.Manifest.TableDump;
import io.modelmill.fleet.installation.FleetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/** The files {@code manifest.json} and {@code manifest.sha256}, the last that a backup gets. */
final class ManifestCodec {
    static final String FILE = "manifest.json";
    static final String DIGEST = "manifest.sha256";

    private static final Pattern ANY = Pattern.compile(".+");
    private static final Pattern VERSION = Pattern.compile("[0-9]+([._][0-9]+)*");
    private static final Pattern DATABASE = Pattern.compile("registry|training|gateway");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    /** Never out of the backup's folder. */
    private static final Pattern PATH = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)?");

    private ManifestCodec() {}

    static void write(Path backup, Manifest manifest) throws IOException {
        String json = new GsonBuilder()
                .setPrettyPrinting()
                .disableHtmlEscaping()
                .create()
                .toJson(json(manifest));
        Fingerprint written = HashedFiles.write(backup.resolve(FILE), out -> out.write((json + "\n").getBytes(UTF_8)));
        // As sha256sum --check reads it.
        var _ = HashedFiles.write(
                backup.resolve(DIGEST), out -> out.write((written.sha256() + "  " + FILE + "\n").getBytes(UTF_8)));
        HashedFiles.synchronise(backup);
    }

    /**
     * Reads the manifest of a backup.
     *
     * @throws FleetException if it is missing, changed, of another format or of a newer one
     */
    static Manifest read(Path backup) throws IOException {
        Path file = backup.resolve(FILE);
        Path digest = backup.resolve(DIGEST);
        String expected = text(digest);
        String json = text(file);
        String actual = HashedFiles.read(file).sha256();
        if (!expected.equals(actual + "  " + FILE + "\n")) {
            throw new FleetException(file + ": its SHA-256 is " + actual + " (expected: " + expected.strip() + ", as "
                    + digest + " says)");
        }
        try {
            JsonElement root = JsonParser.parseString(json);
            if (!root.isJsonObject()) {
                throw new FleetException(file + ": no object (expected: the manifest of a backup)");
            }
            return manifest(new JsonFields(root.getAsJsonObject(), file + ": "));
        } catch (JsonParseException e) {
            throw new FleetException(file + ": no JSON (" + e.getMessage() + ")", e);
        }
    }

    private static String text(Path file) throws IOException {
        try {
            return Files.readString(file, UTF_8);
        } catch (NoSuchFileException e) {
            throw new FleetException(file + ": missing (expected: the manifest of a complete backup)", e);
        }
    }

    private static Manifest manifest(JsonFields fields) {
        long format = fields.number("format", 1, Integer.MAX_VALUE);
        if (format != Manifest.FORMAT) {
            throw new FleetException("the backup's format is " + format + " (expected: " + Manifest.FORMAT
                    + "); restore it with the release that made it: "
                    + fields.text("product", ANY, "a version"));
        }
        Manifest manifest = new Manifest(
                fields.text("product", ANY, "a version"),
                fields.text("create_time", ANY, "a time"),
                fields.list("databases", ManifestCodec::database),
                file(fields.fields("artifacts")),
                fields.number("artifact_count", 0, Long.MAX_VALUE),
                fields.has("pepper") ? Optional.of(file(fields.fields("pepper"))) : Optional.empty());
        Set<String> names = new HashSet<>();
        manifest.databases().forEach(database -> names.add(database.name()));
        if (!names.equals(Set.of(FleetStorage.TRAINING, FleetStorage.REGISTRY, FleetStorage.GATEWAY))
                || manifest.databases().size() != names.size()) {
            throw new FleetException("the manifest's databases: "
                    + manifest.databases().stream().map(DatabaseDump::name).toList()
                    + " (expected: each of training, registry and gateway)");
        }
        return manifest;
    }

    private static DatabaseDump database(JsonFields fields) {
        List<Migration> migrations = fields.list(
                "migrations",
                migration -> new Migration(migration.text("version", VERSION, "digits"), (int)
                        migration.number("checksum", Integer.MIN_VALUE, Integer.MAX_VALUE)));
        if (migrations.isEmpty()) {
            throw new FleetException("the manifest's database " + fields.text("name", DATABASE, "a database")
                    + ": no migrations (expected: one or more)");
        }
        return new DatabaseDump(
                fields.text("name", DATABASE, "registry, training or gateway"),
                fields.text("snapshot_time", ANY, "a time"),
                migrations,
                fields.list(
                        "tables",
                        table -> new TableDump(
                                name(table),
                                table.texts("columns"),
                                table.number("rows", 0, Long.MAX_VALUE),
                                file(table.fields("file")))),
                fields.list(
                        "sequences",
                        sequence -> new SequenceValue(
                                name(sequence),
                                sequence.number("value", Long.MIN_VALUE, Long.MAX_VALUE),
                                sequence.truth("called"))));
    }

    private static TableName name(JsonFields fields) {
        return new TableName(fields.text("schema", ANY, "a name"), fields.text("name", ANY, "a name"));
    }

    private static FileEntry file(JsonFields fields) {
        return new FileEntry(
                fields.text("path", PATH, "a path inside of the backup"),
                fields.number("size_bytes", 0, Long.MAX_VALUE),
                fields.text("sha256", SHA256, "64 hexadecimal digits in lower case"));
    }

    private static JsonObject json(Manifest manifest) {
        JsonObject json = new JsonObject();
        json.addProperty("format", Manifest.FORMAT);
        json.addProperty("product", manifest.product());
        json.addProperty("create_time", manifest.createTime());
        json.add("databases", list(manifest.databases(), ManifestCodec::json));
        json.add("artifacts", json(manifest.artifacts()));
        json.addProperty("artifact_count", manifest.artifactCount());
        manifest.pepper().ifPresent(pepper -> json.add("pepper", json(pepper)));
        return json;
    }

    private static JsonObject json(DatabaseDump database) {
        JsonObject json = new JsonObject();
        json.addProperty("name", database.name());
        json.addProperty("snapshot_time", database.snapshotTime());
        json.add("migrations", list(database.migrations(), migration -> {
            JsonObject each = new JsonObject();
            each.addProperty("version", migration.version());
            each.addProperty("checksum", migration.checksum());
            return each;
        }));
        json.add("tables", list(database.tables(), table -> {
            JsonObject each = json(table.table());
            JsonArray columns = new JsonArray();
            table.columns().forEach(columns::add);
            each.add("columns", columns);
            each.addProperty("rows", table.rows());
            each.add("file", json(table.file()));
            return each;
        }));
        json.add("sequences", list(database.sequences(), sequence -> {
            JsonObject each = json(sequence.sequence());
            each.addProperty("value", sequence.value());
            each.addProperty("called", sequence.called());
            return each;
        }));
        return json;
    }

    private static JsonObject json(TableName name) {
        JsonObject json = new JsonObject();
        json.addProperty("schema", name.schema());
        json.addProperty("name", name.name());
        return json;
    }

    private static JsonObject json(FileEntry file) {
        JsonObject json = new JsonObject();
        json.addProperty("path", file.path());
        json.addProperty("size_bytes", file.sizeBytes());
        json.addProperty("sha256", file.sha256());
        return json;
    }

    private static <T> JsonArray list(Collection<T> elements, Function<T, JsonObject> json) {
        JsonArray list = new JsonArray();
        elements.forEach(element -> list.add(json.apply(element)));
        return list;
    }
}
