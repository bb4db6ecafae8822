package io.modelmill.registry.garbage;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.registry.artifact.ArtifactKey;
import io.modelmill.registry.artifact.ArtifactRows;
import io.modelmill.registry.fixture.RegistryTenant;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.Jdbi;

/** What must hold of a tenant's files at every moment, and the tenant's clock. For any number of threads. */
final class StoreInvariants {
    /** Versions that have their files still, by resource name, with each file. */
    private static final String NAMED =
            "SELECT 'tenants/' || tenant || '/models/' || model_id || '/versions/' || number AS version, sha256"
                    + " FROM model_version_file WHERE tenant = :tenant UNION ALL SELECT 'tenants/' || tenant ||"
                    + " '/datasets/' || dataset_id || '/versions/' || number, sha256"
                    + " FROM dataset_version_file WHERE tenant = :tenant";

    private final Jdbi jdbi;
    private final String tenant;
    private final Path store;
    private final Map<String, byte[]> contents;
    /** Hashes of what all threads upload. */
    private final Set<String> shared;

    private final Set<Named> pinned = ConcurrentHashMap.newKeySet();

    StoreInvariants(Jdbi jdbi, String tenant, Path store, List<byte[]> contents) {
        this.jdbi = jdbi;
        this.tenant = tenant;
        this.store = store;
        this.contents = new ConcurrentHashMap<>(
                contents.stream().collect(Collectors.toMap(RegistryTenant::sha256, Function.identity())));
        this.shared = Set.copyOf(this.contents.keySet());
    }

    /** Notes what a thread is going to upload for itself. */
    void add(byte[] content) {
        contents.put(RegistryTenant.sha256(content), content);
    }

    private record Named(String version, String sha256) {}

    /** Notes that a version was made of a file that was there. */
    void pin(String version, String sha256) {
        pinned.add(new Named(version, sha256));
    }

    int pinned() {
        return pinned.size();
    }

    /** Fails if a file is gone that a version names, or whose row is there, of those that all threads upload. */
    void check() {
        check(shared);
    }

    /** As {@link #check}, of all files. */
    void checkAll() {
        check(Set.copyOf(contents.keySet()));
    }

    private void check(Set<String> hashes) {
        Set<Named> named = Set.copyOf(jdbi.withHandle(handle -> handle.createQuery(NAMED)
                .bind("tenant", tenant)
                .map((row, context) -> new Named(row.getString("version"), row.getString("sha256")))
                .list()));
        Set<String> needed =
                pinned.stream().filter(named::contains).map(Named::sha256).collect(Collectors.toSet());
        for (String sha256 : hashes) {
            jdbi.useTransaction(transaction -> {
                // So that nobody is between a file and its row.
                ArtifactRows.lockFile(transaction, new ArtifactKey(tenant, sha256));
                boolean known = transaction
                        .createQuery("SELECT EXISTS (SELECT FROM artifact WHERE tenant = :tenant AND sha256 = :sha256)")
                        .bind("tenant", tenant)
                        .bind("sha256", sha256)
                        .mapTo(Boolean.class)
                        .one();
                if (known) {
                    assertThat(path(sha256)).as("a row says that it is there").hasBinaryContent(contents.get(sha256));
                } else if (needed.contains(sha256)) {
                    // One of the versions may have been purged since.
                    assertThat(stillNamed(sha256))
                            .as("versions that name what is gone")
                            .isEmpty();
                }
            });
        }
    }

    private List<String> stillNamed(String sha256) {
        return jdbi
                .withHandle(handle -> handle.createQuery(NAMED)
                        .bind("tenant", tenant)
                        .map((row, context) -> new Named(row.getString("version"), row.getString("sha256")))
                        .list())
                .stream()
                .filter(name -> name.sha256().equals(sha256) && pinned.contains(name))
                .map(Named::version)
                .toList();
    }

    /** Fails if anything is there that no version names. */
    void checkNothingIsLeft() throws IOException {
        Set<String> named = hashes(
                "SELECT f.sha256 FROM (" + NAMED + ") f JOIN artifact a ON a.tenant = :tenant AND a.sha256 = f.sha256");
        assertThat(hashes("SELECT sha256 FROM artifact WHERE tenant = :tenant"))
                .as("rows")
                .isEqualTo(named);
        assertThat(files()).as("files").isEqualTo(named);
        int over = count("SELECT (SELECT count(*) FROM model_version WHERE tenant = :tenant AND state = 'DELETED')"
                + " + (SELECT count(*) FROM dataset_version WHERE tenant = :tenant AND state = 'DELETED')");
        assertThat(over).as("versions whose time is over").isZero();
        int counted =
                count("SELECT count(*) FROM storage_usage WHERE tenant = :tenant AND (stored_bytes, stored_objects,"
                        + " uploading_bytes, uploading_objects) = ((SELECT coalesce(sum(size_bytes), 0) FROM artifact"
                        + " WHERE tenant = :tenant), (SELECT count(*) FROM artifact WHERE tenant = :tenant), 0, 0)");
        assertThat(counted).as("usage is what there is").isOne();
    }

    private Set<String> hashes(String sql) {
        return Set.copyOf(jdbi.withHandle(handle -> handle.createQuery(sql)
                .bind("tenant", tenant)
                .mapTo(String.class)
                .list()));
    }

    private Set<String> files() throws IOException {
        try (Stream<Path> files = Files.walk(store.resolve(tenant))) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .collect(Collectors.toSet());
        }
    }

    private Path path(String sha256) {
        return store.resolve(tenant).resolve(sha256.substring(0, 2)).resolve(sha256);
    }

    /** As an upload leaves it that dies before its row is written. */
    void plant(byte[] content) {
        Path target = path(RegistryTenant.sha256(content));
        try {
            Files.createDirectories(target.getParent());
            // The service makes it when somebody first uploads something.
            Files.createDirectories(store.resolve(".incoming"));
            Path file = Files.createTempFile(store.resolve(".incoming"), "planted", null);
            Files.write(file, content);
            Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How many versions the model has had, at least one. */
    int versions() {
        return Math.max(1, count("SELECT coalesce(max(number), 0) FROM model_version WHERE tenant = :tenant"));
    }

    private int count(String sql) {
        return jdbi.withHandle(handle -> handle.createQuery(sql)
                .bind("tenant", tenant)
                .mapTo(Integer.class)
                .one());
    }

    /** As if validation had accepted a version. */
    void promote(int number) {
        jdbi.useTransaction(transaction -> transaction
                .createUpdate(
                        "UPDATE model_version SET state = 'READY', signature = '{\"inputs\": [], \"outputs\": []}'"
                                + " WHERE tenant = :tenant AND number = :number AND state = 'PENDING_UPLOAD'")
                .bind("tenant", tenant)
                .bind("number", number)
                .execute());
    }

    /** Lets hours pass for all that the tenant has. Rows are locked in the order in which the service locks them. */
    void pass(int hours) {
        update(
                "UPDATE artifact a SET name_time = a.name_time - make_interval(hours => :hours) FROM (SELECT tenant, sha256"
                        + " FROM artifact WHERE tenant = :tenant ORDER BY sha256 FOR NO KEY UPDATE) o"
                        + " WHERE a.tenant = o.tenant AND a.sha256 = o.sha256",
                hours);
        update(
                "WITH locked AS (SELECT tenant FROM model WHERE tenant = :tenant FOR UPDATE) UPDATE model_version v"
                        + " SET purge_time = purge_time - make_interval(hours => :hours) FROM locked"
                        + " WHERE v.tenant = locked.tenant",
                hours);
        update(
                "UPDATE dataset_version SET purge_time = purge_time - make_interval(hours => :hours) WHERE tenant = :tenant",
                hours);
    }

    /** Ends all uploads, as their owner can. */
    void endUploads() {
        jdbi.useHandle(handle -> handle.createUpdate("DELETE FROM artifact_upload WHERE tenant = :tenant")
                .bind("tenant", tenant)
                .execute());
    }

    private void update(String sql, int hours) {
        jdbi.useTransaction(transaction -> transaction
                .createUpdate(sql)
                .bind("tenant", tenant)
                .bind("hours", hours)
                .execute());
    }
}
