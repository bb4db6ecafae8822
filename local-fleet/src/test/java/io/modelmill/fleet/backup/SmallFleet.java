package io.modelmill.fleet.backup;

import io.modelmill.fleet.backup.DatabaseSnapshot.NamedArtifact;
import io.modelmill.fleet.installation.Installation;
import io.modelmill.localservers.postgres.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.flywaydb.core.Flyway;

/** Three databases and a folder, without any service. */
record SmallFleet(FleetStorage storage) {
    static final String PEPPER = "a pepper of thirty-two characters";
    static final NamedArtifact FILE = new NamedArtifact("acme", MadeBackup.sha256("content"), 7);

    private static final AtomicInteger NUMBER = new AtomicInteger();

    /** Empty databases, and no folder yet. */
    static SmallFleet empty(PostgresServer server, Path folder) {
        int number = NUMBER.incrementAndGet();
        return new SmallFleet(new FleetStorage(
                database(server, FleetStorage.TRAINING, number),
                database(server, FleetStorage.REGISTRY, number),
                database(server, FleetStorage.GATEWAY, number),
                folder.resolve("artifacts-" + number),
                Optional.of(folder.resolve("keys-" + number + "/pepper"))));
    }

    /** A fleet of an older release, with a few rows and a file. */
    static SmallFleet old(PostgresServer server, Path folder) throws IOException, SQLException {
        SmallFleet fleet = empty(server, folder);
        fleet.migrate(fleet.storage.training(), "0120", folder);
        fleet.migrate(fleet.storage.registry(), "0110", folder);
        fleet.migrate(fleet.storage.gateway(), "0100", folder);
        fleet.run(fleet.storage.gateway(), "INSERT INTO tenant VALUES ('acme', E'Tab\\tand\\nline\\\\', now())");
        fleet.run(fleet.storage.training(), "INSERT INTO queue_tenant (tenant) VALUES ('acme'), ('other')");
        fleet.run(
                fleet.storage.registry(),
                "INSERT INTO artifact (tenant, sha256, size_bytes) VALUES ('acme', '" + FILE.sha256() + "', 7)");
        Path file = new ArtifactFolder(fleet.storage.artifacts()).path(FILE);
        Files.createDirectories(
                fleet.storage.artifacts().resolve("acme").resolve(FILE.sha256().substring(0, 2)));
        Files.writeString(file, "content");
        Path pepper = fleet.storage.pepper().orElseThrow();
        Files.createDirectories(pepper.resolveSibling(""));
        Files.writeString(pepper, PEPPER);
        return fleet;
    }

    /** Applies migrations of the packaged service up to a version; all of them if it is {@code latest}. */
    void migrate(DatabaseAddress database, String target, Path folder) throws IOException {
        Path scripts = Files.createTempDirectory(folder, "migrations");
        List<Path> folders =
                PackagedService.of(Installation.current(), database.service()).extractMigrations(scripts);
        var _ = Flyway.configure()
                .dataSource(database.url(), database.user(), database.password())
                .locations(folders.stream().map(each -> "filesystem:" + each).toArray(String[]::new))
                .target(target)
                .load()
                .migrate();
    }

    void run(DatabaseAddress database, String sql) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    String query(DatabaseAddress database, String sql) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    /** Tables with rows in any of the databases, but for the history of migrations. */
    List<String> filledTables() throws SQLException {
        List<String> filled = new java.util.ArrayList<>();
        for (DatabaseAddress database : storage.inOrder()) {
            try (Connection connection = database.connect()) {
                DatabaseCatalog catalog = new DatabaseCatalog(connection);
                for (TableName table : catalog.tables()) {
                    if (!table.name().equals(DatabaseCatalog.HISTORY) && catalog.hasRows(table)) {
                        filled.add(table.name());
                    }
                }
            }
        }
        return filled;
    }

    private static DatabaseAddress database(PostgresServer server, String name, int number) {
        server.createDatabase(name + "_" + number);
        return new DatabaseAddress(name, server.jdbcUrl(name + "_" + number), PostgresServer.USER, "");
    }
}
