package io.modelmill.registry.rollout;

import com.fasterxml.jackson.core.type.TypeReference;
import io.modelmill.registry.database.Columns;
import io.modelmill.registry.database.JsonColumn;
import io.modelmill.registry.serving.ModelKey;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/** Replicas and what they have told, in PostgreSQL. One whose lease is over is not there any more, whether or not it is removed. */
final class PostgresReplicaStore {
    private static final TypeReference<List<AliasProgress>> ALIASES = new TypeReference<>() {};

    private PostgresReplicaStore() {}

    /** Begins a session and forgets what was told under the name before. */
    static void open(Handle transaction, String replica, UUID session, long sequence, Duration lease) {
        transaction
                .createUpdate("INSERT INTO serving_replica (name, session, sequence, expire_time)"
                        + " VALUES (:name, :session, :sequence, clock_timestamp() + make_interval(secs => :seconds))"
                        + " ON CONFLICT (name) DO UPDATE SET session = excluded.session, sequence = excluded.sequence,"
                        + " expire_time = excluded.expire_time")
                .bind("name", replica)
                .bind("session", session)
                .bind("sequence", sequence)
                .bind("seconds", seconds(lease))
                .execute();
        transaction
                .createUpdate("DELETE FROM serving_replica_model WHERE replica = :name")
                .bind("name", replica)
                .execute();
    }

    /**
     * Gives every replica a new lease if none has one: then it was this service or its database that was away, and whoever
     * reports first is not the only one that is there.
     */
    static void reviveIfNobodyIsThere(Handle transaction, Duration lease) {
        transaction
                .createUpdate(
                        "UPDATE serving_replica SET expire_time = clock_timestamp() + make_interval(secs => :seconds)"
                                + " WHERE NOT EXISTS (SELECT FROM serving_replica WHERE expire_time > clock_timestamp())")
                .bind("seconds", seconds(lease))
                .execute();
    }

    /** Renews the lease and locks the session until the transaction ends; false if the sequence is not above the last. */
    static boolean renew(Handle transaction, String replica, UUID session, long sequence, Duration lease) {
        return transaction
                        .createUpdate("UPDATE serving_replica SET sequence = :sequence,"
                                + " expire_time = clock_timestamp() + make_interval(secs => :seconds)"
                                + " WHERE name = :name AND session = :session AND sequence < :sequence")
                        .bind("name", replica)
                        .bind("session", session)
                        .bind("sequence", sequence)
                        .bind("seconds", seconds(lease))
                        .execute()
                == 1;
    }

    static boolean isSession(Handle handle, String replica, UUID session) {
        return handle.createQuery(
                        "SELECT EXISTS (SELECT FROM serving_replica WHERE name = :name AND session = :session)")
                .bind("name", replica)
                .bind("session", session)
                .mapTo(Boolean.class)
                .one();
    }

    /** Forgets the replica and all that it told, if the session is its last. */
    static void delete(Handle transaction, String replica, UUID session) {
        transaction
                .createUpdate("DELETE FROM serving_replica WHERE name = :name AND session = :session")
                .bind("name", replica)
                .bind("session", session)
                .execute();
    }

    /** Forgets replicas whose lease has been over for so long while others were heard of; answers how many. */
    static int deleteExpired(Handle handle, Duration since) {
        return handle.createUpdate("DELETE FROM serving_replica WHERE name IN (SELECT name FROM serving_replica"
                        + " WHERE expire_time < (SELECT max(expire_time) FROM serving_replica) - make_interval(secs => :seconds)"
                        + " AND expire_time < clock_timestamp() FOR UPDATE SKIP LOCKED)")
                .bind("seconds", seconds(since))
                .execute();
    }

    /** Notes what a replica tells of models. */
    static void put(Handle transaction, String replica, List<ModelProgress> models) {
        if (models.isEmpty()) {
            return;
        }
        PreparedBatch batch = transaction.prepareBatch("INSERT INTO serving_replica_model"
                + " (tenant, model_id, replica, revision, aliases, update_time)"
                + " VALUES (:tenant, :modelId, :replica, :revision, CAST(:aliases AS json), clock_timestamp())"
                + " ON CONFLICT (tenant, model_id, replica) DO UPDATE SET revision = excluded.revision,"
                + " aliases = excluded.aliases, update_time = excluded.update_time");
        for (ModelProgress progress : models) {
            batch.bind("tenant", progress.model().tenant())
                    .bind("modelId", progress.model().modelId())
                    .bind("replica", replica)
                    .bind("revision", progress.appliedRevision())
                    .bind("aliases", JsonColumn.write(progress.aliases()))
                    .add();
        }
        batch.execute();
    }

    /** Forgets what the replica told of models. */
    static void remove(Handle transaction, String replica, List<ModelKey> models) {
        if (models.isEmpty()) {
            return;
        }
        PreparedBatch batch = transaction.prepareBatch("DELETE FROM serving_replica_model"
                + " WHERE tenant = :tenant AND model_id = :modelId AND replica = :replica");
        for (ModelKey model : models) {
            batch.bind("tenant", model.tenant())
                    .bind("modelId", model.modelId())
                    .bind("replica", replica)
                    .add();
        }
        batch.execute();
    }

    /** How far each replica that is there is with each of these models, by name; one query for however many models. */
    static Map<ModelKey, List<ReplicaProgress>> read(Handle handle, Collection<ModelKey> models) {
        Map<ModelKey, List<ReplicaProgress>> read = new HashMap<>();
        models.forEach(model -> read.put(model, new ArrayList<>()));
        handle.createQuery("SELECT asked.tenant, asked.model_id, r.name, m.revision, m.aliases, m.update_time"
                        + " FROM unnest(:tenants, :modelIds) AS asked (tenant, model_id)"
                        + " CROSS JOIN serving_replica r LEFT JOIN serving_replica_model m"
                        + " ON m.tenant = asked.tenant AND m.model_id = asked.model_id AND m.replica = r.name"
                        + " WHERE r.expire_time > clock_timestamp() ORDER BY r.name")
                .bindArray(
                        "tenants",
                        String.class,
                        models.stream().map(ModelKey::tenant).toArray())
                .bindArray(
                        "modelIds",
                        String.class,
                        models.stream().map(ModelKey::modelId).toArray())
                .map((row, context) ->
                        Map.entry(new ModelKey(row.getString("tenant"), row.getString("model_id")), progress(row)))
                .forEach(entry -> read.computeIfAbsent(entry.getKey(), model -> new ArrayList<>())
                        .add(entry.getValue()));
        return read;
    }

    private static ReplicaProgress progress(ResultSet row) throws SQLException {
        return new ReplicaProgress(
                row.getString("name"),
                row.getLong("revision"),
                Columns.text(row, "aliases")
                        .map(text -> JsonColumn.read(text, ALIASES))
                        .orElse(List.of()),
                Columns.time(row, "update_time"));
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1_000.0;
    }
}
