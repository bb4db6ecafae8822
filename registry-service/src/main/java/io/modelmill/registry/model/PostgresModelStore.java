package io.modelmill.registry.model;

import io.modelmill.registry.database.Columns;
import io.modelmill.registry.serving.ModelKey;
import io.modelmill.registry.serving.ServingSpec;
import io.modelmill.registry.serving.Visibility;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatement;

/** Models in PostgreSQL. */
final class PostgresModelStore {
    private PostgresModelStore() {}

    /** Makes a model of revision 1; false if the id or the request's id is taken. */
    static boolean insert(Handle transaction, ModelKey key, ModelContent content, String requestId) {
        return bind(
                                transaction.createUpdate(
                                        "INSERT INTO model (tenant, model_id, display_name, description, visibility,"
                                                + " shared_with, device, instances, max_batch_size, memory_hint_bytes,"
                                                + " revision, own_revision, request_id) VALUES (:tenant, :modelId,"
                                                + " :displayName, :description, :visibility, :sharedWith, :device,"
                                                + " :instances, :maxBatchSize, :memoryHintBytes, 1, 1, :requestId)"
                                                + " ON CONFLICT DO NOTHING"),
                                key,
                                content)
                        .bind("requestId", requestId.isEmpty() ? null : requestId)
                        .execute()
                == 1;
    }

    static void update(Handle transaction, ModelKey key, ModelContent content, long revision) {
        bind(
                        transaction.createUpdate(
                                "UPDATE model SET display_name = :displayName, description = :description,"
                                        + " visibility = :visibility, shared_with = :sharedWith, device = :device,"
                                        + " instances = :instances, max_batch_size = :maxBatchSize,"
                                        + " memory_hint_bytes = :memoryHintBytes, revision = :revision,"
                                        + " own_revision = :revision, update_time = now()"
                                        + " WHERE tenant = :tenant AND model_id = :modelId"),
                        key,
                        content)
                .bind("revision", revision)
                .execute();
    }

    static Optional<Model> find(Handle handle, ModelKey key) {
        return handle.createQuery("SELECT * FROM model WHERE tenant = :tenant AND model_id = :modelId")
                .bind("tenant", key.tenant())
                .bind("modelId", key.modelId())
                .map((row, context) -> model(row))
                .findOne();
    }

    /** The model that an earlier call with the id made. */
    static Optional<Model> findByRequest(Handle handle, String tenant, String requestId) {
        return handle.createQuery("SELECT * FROM model WHERE tenant = :tenant AND request_id = :requestId")
                .bind("tenant", tenant)
                .bind("requestId", requestId)
                .map((row, context) -> model(row))
                .findOne();
    }

    /** A tenant's models by id. */
    static List<Model> list(Handle handle, String tenant, String after, int limit) {
        return handle.createQuery("SELECT * FROM model WHERE tenant = :tenant AND model_id > :after"
                        + " ORDER BY model_id LIMIT :limit")
                .bind("tenant", tenant)
                .bind("after", after)
                .bind("limit", limit)
                .map((row, context) -> model(row))
                .list();
    }

    private static <S extends SqlStatement<S>> S bind(S statement, ModelKey key, ModelContent content) {
        return statement
                .bind("tenant", key.tenant())
                .bind("modelId", key.modelId())
                .bind("displayName", content.displayName())
                .bind("description", content.description())
                .bind("visibility", content.visibility().name())
                .bindArray("sharedWith", String.class, content.sharedWith())
                .bind("device", content.servingSpec().device())
                .bind("instances", content.servingSpec().instances())
                .bind("maxBatchSize", content.servingSpec().maxBatchSize())
                .bind("memoryHintBytes", content.servingSpec().memoryHintBytes());
    }

    private static Model model(ResultSet row) throws SQLException {
        return new Model(
                new ModelKey(row.getString("tenant"), row.getString("model_id")),
                new ModelContent(
                        row.getString("display_name"),
                        row.getString("description"),
                        Visibility.valueOf(row.getString("visibility")),
                        Columns.texts(row, "shared_with"),
                        new ServingSpec(
                                row.getString("device"),
                                row.getInt("instances"),
                                row.getInt("max_batch_size"),
                                row.getLong("memory_hint_bytes"))),
                row.getLong("revision"),
                row.getLong("own_revision"),
                row.getTimestamp("create_time").toInstant(),
                row.getTimestamp("update_time").toInstant());
    }
}
