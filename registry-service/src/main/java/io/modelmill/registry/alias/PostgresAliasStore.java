package io.modelmill.registry.alias;

import io.modelmill.registry.serving.ModelKey;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** Aliases in PostgreSQL. Writers hold the model's lock. */
public final class PostgresAliasStore {
    private PostgresAliasStore() {}

    /** Points an alias at a version that is READY, making the alias if it is missing. */
    public static void point(Handle transaction, ModelKey model, String aliasId, long number, long revision) {
        transaction
                .createUpdate("INSERT INTO model_alias (tenant, model_id, alias_id, number, revision)"
                        + " VALUES (:tenant, :modelId, :aliasId, :number, :revision)"
                        + " ON CONFLICT (tenant, model_id, alias_id)"
                        + " DO UPDATE SET number = :number, revision = :revision, update_time = now()")
                .bind("tenant", model.tenant())
                .bind("modelId", model.modelId())
                .bind("aliasId", aliasId)
                .bind("number", number)
                .bind("revision", revision)
                .execute();
    }

    static boolean delete(Handle transaction, ModelKey model, String aliasId) {
        return transaction
                        .createUpdate("DELETE FROM model_alias"
                                + " WHERE tenant = :tenant AND model_id = :modelId AND alias_id = :aliasId")
                        .bind("tenant", model.tenant())
                        .bind("modelId", model.modelId())
                        .bind("aliasId", aliasId)
                        .execute()
                == 1;
    }

    static Optional<Alias> find(Handle handle, ModelKey model, String aliasId) {
        return handle.createQuery("SELECT * FROM model_alias"
                        + " WHERE tenant = :tenant AND model_id = :modelId AND alias_id = :aliasId")
                .bind("tenant", model.tenant())
                .bind("modelId", model.modelId())
                .bind("aliasId", aliasId)
                .map((row, context) -> alias(row))
                .findOne();
    }

    static List<Alias> list(Handle handle, ModelKey model, String after, int limit) {
        return handle.createQuery("SELECT * FROM model_alias WHERE tenant = :tenant AND model_id = :modelId"
                        + " AND alias_id > :after ORDER BY alias_id LIMIT :limit")
                .bind("tenant", model.tenant())
                .bind("modelId", model.modelId())
                .bind("after", after)
                .bind("limit", limit)
                .map((row, context) -> alias(row))
                .list();
    }

    /** Ids of the aliases that point at a version, by id. */
    public static List<String> pointingAt(Handle handle, ModelKey model, long number) {
        return handle.createQuery("SELECT alias_id FROM model_alias"
                        + " WHERE tenant = :tenant AND model_id = :modelId AND number = :number ORDER BY alias_id")
                .bind("tenant", model.tenant())
                .bind("modelId", model.modelId())
                .bind("number", number)
                .mapTo(String.class)
                .list();
    }

    /** State of the version that an alias shall point at; empty if there is none. */
    static Optional<String> versionState(Handle transaction, ModelKey model, long number) {
        return transaction
                .createQuery("SELECT state FROM model_version"
                        + " WHERE tenant = :tenant AND model_id = :modelId AND number = :number")
                .bind("tenant", model.tenant())
                .bind("modelId", model.modelId())
                .bind("number", number)
                .mapTo(String.class)
                .findOne();
    }

    private static Alias alias(ResultSet row) throws SQLException {
        return new Alias(
                new ModelKey(row.getString("tenant"), row.getString("model_id")),
                row.getString("alias_id"),
                row.getLong("number"),
                row.getLong("revision"),
                row.getTimestamp("update_time").toInstant());
    }
}
