package io.modelmill.registry.serving;

import com.fasterxml.jackson.core.type.TypeReference;
import io.modelmill.registry.database.Columns;
import io.modelmill.registry.database.JsonColumn;
import io.modelmill.registry.validation.FileKind;
import io.modelmill.registry.validation.ModelFile;
import io.modelmill.registry.validation.ModelSignature;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jdbi.v3.core.Handle;

/** Reads serving states: six queries for however many models. */
public final class ServingStates {
    private static final TypeReference<ModelSignature> SIGNATURE = new TypeReference<>() {};

    private final Handle transaction;
    private final List<ModelKey> models;

    private ServingStates(Handle transaction, List<ModelKey> models) {
        this.transaction = transaction;
        this.models = models;
    }

    /** One model's state as the transaction sees it; the model must be there. */
    public static ServingState read(Handle transaction, ModelKey model) {
        return new ServingStates(transaction, List.of(model)).read().getFirst();
    }

    /**
     * States of the models of all tenants, by tenant and id.
     *
     * @param after the model before the first; two empty texts to begin
     * @param transaction of isolation REPEATABLE READ, or a state would mix two revisions
     */
    public static List<ServingState> list(Handle transaction, ModelKey after, int limit) {
        List<ModelKey> models = transaction
                .createQuery("SELECT tenant, model_id FROM model WHERE (tenant, model_id) > (:tenant, :modelId)"
                        + " ORDER BY tenant, model_id LIMIT :limit")
                .bind("tenant", after.tenant())
                .bind("modelId", after.modelId())
                .bind("limit", limit)
                .map((row, context) -> key(row))
                .list();
        return new ServingStates(transaction, models).read();
    }

    private List<ServingState> read() {
        Map<ModelKey, SequencedMap<String, Long>> aliases = new HashMap<>();
        each(
                "SELECT * FROM model_alias",
                "alias_id",
                row -> aliases.computeIfAbsent(key(row), key -> new LinkedHashMap<>())
                        .put(row.getString("alias_id"), row.getLong("number")));
        Map<ModelKey, Map<Long, List<ModelFile>>> files = new HashMap<>();
        each(
                "SELECT * FROM model_version_file JOIN artifact USING (tenant, sha256)",
                "position",
                row -> files.computeIfAbsent(key(row), key -> new HashMap<>())
                        .computeIfAbsent(row.getLong("number"), number -> new ArrayList<>())
                        .add(new ModelFile(
                                row.getString("path"),
                                FileKind.valueOf(row.getString("kind")),
                                row.getString("sha256"),
                                row.getLong("size_bytes"))));
        Map<ModelKey, List<ServingVersion>> versions = new HashMap<>();
        each("SELECT * FROM (SELECT * FROM model_version WHERE state = 'READY') ready", "number", row -> {
            long number = row.getLong("number");
            versions.computeIfAbsent(key(row), key -> new ArrayList<>())
                    .add(new ServingVersion(
                            number,
                            files.getOrDefault(key(row), Map.of()).getOrDefault(number, List.of()),
                            JsonColumn.read(row.getString("signature"), SIGNATURE),
                            Columns.texts(row, "class_labels")));
        });
        Map<ModelKey, List<QuarantinedVersion>> quarantined = new HashMap<>();
        each(
                "SELECT * FROM (SELECT * FROM model_version WHERE state = 'QUARANTINED') quarantined",
                "number",
                row -> quarantined
                        .computeIfAbsent(key(row), key -> new ArrayList<>())
                        .add(new QuarantinedVersion(row.getLong("number"), row.getString("state_reason"))));
        Map<ModelKey, List<RevokedVersion>> revoked = new HashMap<>();
        each(
                "SELECT * FROM (SELECT * FROM model_version WHERE state = 'REVOKED') revoked",
                "number",
                row -> revoked.computeIfAbsent(key(row), key -> new ArrayList<>())
                        .add(new RevokedVersion(row.getLong("number"), row.getString("state_reason"))));
        List<ServingState> states = new ArrayList<>();
        each(
                "SELECT * FROM model",
                "tenant, model_id",
                row -> states.add(new ServingState(
                        key(row),
                        row.getLong("revision"),
                        Visibility.valueOf(row.getString("visibility")),
                        Columns.texts(row, "shared_with"),
                        new ServingSpec(
                                row.getString("device"),
                                row.getInt("instances"),
                                row.getInt("max_batch_size"),
                                row.getLong("memory_hint_bytes")),
                        versions.getOrDefault(key(row), List.of()),
                        quarantined.getOrDefault(key(row), List.of()),
                        revoked.getOrDefault(key(row), List.of()),
                        aliases.getOrDefault(key(row), new LinkedHashMap<>()))));
        return states;
    }

    private void each(String select, String order, RowConsumer consumer) {
        transaction
                .createQuery(select + " WHERE (tenant, model_id) IN"
                        + " (SELECT * FROM unnest(CAST(:tenants AS text[]), CAST(:models AS text[])))"
                        + " ORDER BY " + order)
                .bindArray(
                        "tenants",
                        String.class,
                        models.stream().map(ModelKey::tenant).toList())
                .bindArray(
                        "models",
                        String.class,
                        models.stream().map(ModelKey::modelId).toList())
                .map((row, context) -> {
                    consumer.accept(row);
                    return true;
                })
                .list();
    }

    private static ModelKey key(ResultSet row) throws SQLException {
        return new ModelKey(row.getString("tenant"), row.getString("model_id"));
    }

    @FunctionalInterface
    private interface RowConsumer {
        void accept(ResultSet row) throws SQLException;
    }
}
