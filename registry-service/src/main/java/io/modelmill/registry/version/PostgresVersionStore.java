package io.modelmill.registry.version;

import com.fasterxml.jackson.core.type.TypeReference;
import io.modelmill.registry.database.Columns;
import io.modelmill.registry.database.JsonColumn;
import io.modelmill.registry.serving.ModelKey;
import io.modelmill.registry.validation.FileKind;
import io.modelmill.registry.validation.ModelFile;
import io.modelmill.registry.validation.ModelSignature;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jspecify.annotations.Nullable;

/** Versions in PostgreSQL. Writers hold the model's lock. */
final class PostgresVersionStore {
    private static final TypeReference<ModelSignature> SIGNATURE = new TypeReference<>() {};
    private static final TypeReference<Map<String, Double>> METRICS = new TypeReference<>() {};
    private static final TypeReference<Map<String, String>> TAGS = new TypeReference<>() {};
    private static final String ONE = " WHERE tenant = :tenant AND model_id = :modelId AND number = :number";
    /** As the change of the model makes it when it commits. */
    private static final String NEXT_REVISION =
            "(SELECT revision + 1 FROM model WHERE tenant = :tenant AND model_id = :modelId)";

    private PostgresVersionStore() {}

    /** Makes a version with the model's next number; empty if another version names its training job. */
    static Optional<VersionKey> insert(
            Handle transaction,
            ModelKey model,
            NewVersion version,
            VersionState state,
            @Nullable String traceparent,
            String requestId) {
        long number = transaction
                .createQuery("SELECT last_version + 1 FROM model WHERE tenant = :tenant AND model_id = :modelId")
                .bind("tenant", model.tenant())
                .bind("modelId", model.modelId())
                .mapTo(Long.class)
                .one();
        VersionKey key = new VersionKey(model, number);
        int inserted = transaction
                .createUpdate("INSERT INTO model_version (tenant, model_id, number, state, class_labels, metrics,"
                        + " training_job, dataset_version, parent_version, requested_aliases, rejection, traceparent,"
                        + " request_id, revision, task)"
                        + " VALUES (:tenant, :modelId, :number, :state, :classLabels, CAST(:metrics AS json),"
                        + " :trainingJob, :datasetVersion, :parentVersion, :aliases, :rejection, :traceparent,"
                        + " :requestId, " + NEXT_REVISION + ", :task)"
                        + " ON CONFLICT (training_job) DO NOTHING")
                .bindMap(bindings(key))
                .bind("state", state.name())
                .bindArray("classLabels", String.class, version.classLabels())
                .bind("metrics", JsonColumn.write(version.metrics()))
                .bind("trainingJob", version.lineage().trainingJob().orElse(null))
                .bind("datasetVersion", version.lineage().datasetVersion().orElse(null))
                .bind("parentVersion", version.lineage().parentVersion().orElse(null))
                .bindArray("aliases", String.class, version.aliases())
                .bind(
                        "rejection",
                        version.rejection().map(StateReason::storable).orElse(null))
                .bind("traceparent", traceparent)
                .bind("requestId", requestId.isEmpty() ? null : requestId)
                .bind("task", version.metadata().task())
                .execute();
        if (inserted == 0) {
            return Optional.empty();
        }
        transaction
                .createUpdate("UPDATE model SET last_version = :number WHERE tenant = :tenant AND model_id = :modelId")
                .bindMap(bindings(key))
                .execute();
        PreparedBatch files = transaction.prepareBatch(
                "INSERT INTO model_version_file (tenant, model_id, number, position, path, kind, sha256)"
                        + " VALUES (:tenant, :modelId, :number, :position, :path, :kind, :sha256)");
        for (int position = 0; position < version.files().size(); position++) {
            ModelFile file = version.files().get(position);
            files.bindMap(bindings(key))
                    .bind("position", position)
                    .bind("path", file.path())
                    .bind("kind", file.kind().name())
                    .bind("sha256", file.sha256())
                    .add();
        }
        files.execute();
        PostgresMetadataStore.insertMetrics(transaction, key, version.metrics());
        PostgresMetadataStore.insert(transaction, key, version.metadata());
        return Optional.of(key);
    }

    /**
     * Moves a version on.
     *
     * @throws IllegalStateException if the move is not in the table of {@link VersionState} or the version is not where
     *     the caller thinks
     */
    static void move(Handle transaction, VersionKey key, VersionState from, VersionState next, String reason) {
        from.requireMayBecome(next);
        int moved = transaction
                .createUpdate("UPDATE model_version SET state = :next, state_reason = :reason, update_time = now(),"
                        + " undelete_state = CASE CAST(:next AS text) WHEN 'DELETED' THEN state WHEN 'PURGED' THEN undelete_state END,"
                        + " delete_time = CASE CAST(:next AS text) WHEN 'DELETED' THEN now() WHEN 'PURGED' THEN delete_time END,"
                        + " purge_time = CASE WHEN CAST(:next AS text) IN ('DELETED', 'PURGED') THEN now() END,"
                        + " revision = " + NEXT_REVISION + ONE + " AND state = :from")
                .bindMap(bindings(key))
                .bind("from", from.name())
                .bind("next", next.name())
                .bind("reason", reason)
                .execute();
        if (moved != 1) {
            throw new IllegalStateException(key.name() + " is not " + from + ", so that it cannot become " + next);
        }
    }

    /** Notes how long a version is kept that has just become DELETED. */
    static void keep(Handle transaction, VersionKey key, Duration retention) {
        transaction
                .createUpdate(
                        "UPDATE model_version SET purge_time = delete_time + make_interval(secs => :seconds)" + ONE)
                .bindMap(bindings(key))
                .bind("seconds", retention.toMillis() / 1_000.0)
                .execute();
    }

    /** Whether a version is DELETED and its time over. */
    static boolean isDue(Handle transaction, VersionKey key) {
        return transaction
                .createQuery("SELECT state = 'DELETED' AND purge_time <= now() FROM model_version" + ONE)
                .bindMap(bindings(key))
                .mapTo(Boolean.class)
                .findOne()
                .orElse(false);
    }

    /** Takes its files from a DELETED version, which is PURGED then. */
    static void purge(Handle transaction, VersionKey key) {
        String reason = transaction
                .createQuery("SELECT state_reason FROM model_version" + ONE)
                .bindMap(bindings(key))
                .mapTo(String.class)
                .one();
        move(transaction, key, VersionState.DELETED, VersionState.PURGED, reason);
        transaction
                .createUpdate("DELETE FROM model_version_file" + ONE)
                .bindMap(bindings(key))
                .execute();
    }

    /** Notes what validation found; before the move, as READY needs a signature. */
    static void noteValidation(Handle transaction, VersionKey key, @Nullable ModelSignature signature) {
        transaction
                .createUpdate("UPDATE model_version SET validate_time = now(), signature = CAST(:signature AS json),"
                        + " size_bytes = (SELECT sum(a.size_bytes) FROM model_version_file f"
                        + " JOIN artifact a USING (tenant, sha256) WHERE f.tenant = :tenant"
                        + " AND f.model_id = :modelId AND f.number = :number)" + ONE)
                .bindMap(bindings(key))
                .bind("signature", signature == null ? null : JsonColumn.write(signature))
                .execute();
    }

    static Optional<ModelVersion> find(Handle handle, VersionKey key) {
        return read(handle, "v.tenant = :tenant AND v.model_id = :modelId AND v.number = :number", bindings(key))
                .stream()
                .findFirst();
    }

    /** Those of the versions that exist, in no order. */
    static List<ModelVersion> findAll(Handle handle, String tenant, List<VersionKey> keys) {
        return read(
                handle,
                "v.tenant = :tenant AND (v.model_id, v.number) IN (SELECT * FROM unnest(:modelIds, :numbers))",
                Map.of(
                        "tenant",
                        tenant,
                        "modelIds",
                        keys.stream().map(key -> key.model().modelId()).toArray(String[]::new),
                        "numbers",
                        keys.stream().map(VersionKey::number).toArray(Long[]::new)));
    }

    /** The version that an earlier call with the id made. */
    static Optional<ModelVersion> findByRequest(Handle handle, ModelKey model, String requestId) {
        return read(
                        handle,
                        "v.tenant = :tenant AND v.model_id = :modelId AND v.request_id = :requestId",
                        Map.of("tenant", model.tenant(), "modelId", model.modelId(), "requestId", requestId))
                .stream()
                .findFirst();
    }

    /** The version that a job made, of whatever model. */
    static Optional<ModelVersion> findByTrainingJob(Handle handle, String trainingJob) {
        return read(handle, "v.training_job = :trainingJob", Map.of("trainingJob", trainingJob)).stream()
                .findFirst();
    }

    /** A model's versions, newest first, below a number; those that are DELETED or PURGED only if they shall be shown. */
    static List<ModelVersion> list(Handle handle, ModelKey model, boolean showDeleted, long below, int limit) {
        return read(
                handle,
                "v.tenant = :tenant AND v.model_id = :modelId AND v.number IN (SELECT number FROM model_version"
                        + " WHERE tenant = :tenant AND model_id = :modelId AND number < :below"
                        + " AND (:showDeleted OR state NOT IN ('DELETED', 'PURGED'))"
                        + " ORDER BY number DESC LIMIT :limit)",
                Map.of(
                        "tenant",
                        model.tenant(),
                        "modelId",
                        model.modelId(),
                        "showDeleted",
                        showDeleted,
                        "below",
                        below,
                        "limit",
                        limit));
    }

    /** Versions that wait for validation, eldest first. */
    static List<VersionKey> validating(Handle handle, int limit) {
        return keys(handle, "state = 'VALIDATING'", limit);
    }

    /** Versions that wait for files which are all there by now, eldest first. */
    static List<VersionKey> uploaded(Handle handle, int limit) {
        return keys(
                handle,
                "state = 'PENDING_UPLOAD' AND NOT EXISTS (SELECT FROM model_version_file f WHERE f.tenant = v.tenant"
                        + " AND f.model_id = v.model_id AND f.number = v.number AND NOT EXISTS (SELECT FROM artifact a"
                        + " WHERE a.tenant = f.tenant AND a.sha256 = f.sha256))",
                limit);
    }

    private static List<VersionKey> keys(Handle handle, String condition, int limit) {
        return handle.createQuery("SELECT tenant, model_id, number FROM model_version v WHERE " + condition
                        + " ORDER BY create_time LIMIT :limit")
                .bind("limit", limit)
                .map((row, context) -> key(row))
                .list();
    }

    private static List<ModelVersion> read(Handle handle, String condition, Map<String, ?> bindings) {
        Map<VersionKey, List<ModelFile>> files = new HashMap<>();
        handle.createQuery("SELECT f.*, a.size_bytes FROM model_version v"
                        + " JOIN model_version_file f USING (tenant, model_id, number)"
                        + " LEFT JOIN artifact a ON a.tenant = f.tenant AND a.sha256 = f.sha256"
                        + " WHERE " + condition + " ORDER BY f.position")
                .bindMap(bindings)
                .map((row, context) -> files.computeIfAbsent(key(row), key -> new ArrayList<>())
                        .add(new ModelFile(
                                row.getString("path"),
                                FileKind.valueOf(row.getString("kind")),
                                row.getString("sha256"),
                                row.getLong("size_bytes"))))
                .list();
        return handle.createQuery("SELECT v.*, (SELECT json_object_agg(t.key, t.value) FROM model_version_tag t"
                        + " WHERE t.tenant = v.tenant AND t.model_id = v.model_id AND t.number = v.number) AS tags"
                        + " FROM model_version v WHERE " + condition + " ORDER BY v.number DESC")
                .bindMap(bindings)
                .map((row, context) -> version(row, files.getOrDefault(key(row), List.of())))
                .list();
    }

    private static ModelVersion version(ResultSet row, List<ModelFile> files) throws SQLException {
        return new ModelVersion(
                key(row),
                VersionState.valueOf(row.getString("state")),
                row.getString("state_reason"),
                files,
                Columns.text(row, "signature").map(text -> JsonColumn.read(text, SIGNATURE)),
                Columns.texts(row, "class_labels"),
                JsonColumn.read(row.getString("metrics"), METRICS),
                new Lineage(
                        Columns.text(row, "training_job"),
                        Columns.text(row, "dataset_version"),
                        Columns.text(row, "parent_version")),
                Columns.texts(row, "requested_aliases"),
                Columns.text(row, "rejection"),
                Columns.text(row, "traceparent"),
                row.getTimestamp("create_time").toInstant(),
                Columns.time(row, "validate_time"),
                Columns.text(row, "undelete_state").map(VersionState::valueOf),
                row.getLong("revision"),
                row.getTimestamp("update_time").toInstant(),
                Columns.time(row, "delete_time"),
                Columns.time(row, "purge_time"),
                row.getString("task"),
                Columns.text(row, "tags")
                        .map(tags -> JsonColumn.read(tags, TAGS))
                        .orElse(Map.of()),
                row.getLong("metadata_revision"),
                row.getLong("size_bytes"));
    }

    private static VersionKey key(ResultSet row) throws SQLException {
        return new VersionKey(new ModelKey(row.getString("tenant"), row.getString("model_id")), row.getLong("number"));
    }

    private static Map<String, Object> bindings(VersionKey key) {
        return Map.of("tenant", key.model().tenant(), "modelId", key.model().modelId(), "number", key.number());
    }
}
