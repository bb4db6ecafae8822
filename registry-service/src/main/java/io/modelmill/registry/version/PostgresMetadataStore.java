package io.modelmill.registry.version;

import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/** Tags, cards and metrics of versions in PostgreSQL. */
final class PostgresMetadataStore {
    private static final String ONE = " WHERE tenant = :tenant AND model_id = :modelId AND number = :number";

    private PostgresMetadataStore() {}

    /** Keeps the metrics as versions are found by; once, for they never change. */
    static void insertMetrics(Handle transaction, VersionKey key, Map<String, Double> metrics) {
        PreparedBatch rows = transaction.prepareBatch("INSERT INTO model_version_metric"
                + " (tenant, model_id, number, name, value) VALUES (:tenant, :modelId, :number, :name, :value)");
        metrics.forEach((name, value) -> rows.bindMap(bindings(key))
                .bind("name", name)
                .bind("value", value)
                .add());
        rows.execute();
    }

    /** Keeps the tags and the card of a new version, whose task is in its own row. */
    static void insert(Handle transaction, VersionKey key, VersionMetadata metadata) {
        PreparedBatch rows = transaction.prepareBatch("INSERT INTO model_version_tag"
                + " (tenant, model_id, number, key, value) VALUES (:tenant, :modelId, :number, :key, :value)");
        metadata.tags()
                .forEach((tag, value) -> rows.bindMap(bindings(key))
                        .bind("key", tag)
                        .bind("value", value)
                        .add());
        rows.execute();
        if (!metadata.card().isEmpty()) {
            transaction
                    .createUpdate("INSERT INTO model_version_card (tenant, model_id, number, card)"
                            + " VALUES (:tenant, :modelId, :number, :card)")
                    .bindMap(bindings(key))
                    .bind("card", metadata.card())
                    .execute();
        }
    }

    /** Puts other metadata in the place of what was said before. The caller holds the version's lock. */
    static void replace(Handle transaction, VersionKey key, VersionMetadata metadata) {
        transaction
                .createUpdate("UPDATE model_version SET task = :task, metadata_revision = metadata_revision + 1" + ONE)
                .bindMap(bindings(key))
                .bind("task", metadata.task())
                .execute();
        for (String table : new String[] {"model_version_tag", "model_version_card"}) {
            transaction
                    .createUpdate("DELETE FROM " + table + ONE)
                    .bindMap(bindings(key))
                    .execute();
        }
        insert(transaction, key, metadata);
    }

    /** The model card; empty if there is none. */
    static String card(Handle handle, VersionKey key) {
        return handle.createQuery("SELECT card FROM model_version_card" + ONE)
                .bindMap(bindings(key))
                .mapTo(String.class)
                .findOne()
                .orElse("");
    }

    /** Waits until nobody else changes the version. */
    static void lock(Handle transaction, VersionKey key) {
        transaction
                .createQuery("SELECT number FROM model_version" + ONE + " FOR UPDATE")
                .bindMap(bindings(key))
                .mapTo(Long.class)
                .findOne();
    }

    private static Map<String, Object> bindings(VersionKey key) {
        return Map.of("tenant", key.model().tenant(), "modelId", key.model().modelId(), "number", key.number());
    }
}
