package io.modelmill.gateway.auth;

import io.modelmill.servicekit.paging.PageRequest;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;

@ApplicationScoped
class PostgresApiKeyStore implements ApiKeyStore {
    private static final String COLUMNS = "id, tenant_id, display_name, create_time, expire_time";

    private final Jdbi jdbi;

    PostgresApiKeyStore(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    @Override
    public boolean insert(StoredApiKey stored) {
        ApiKey key = stored.key();
        return jdbi.withHandle(handle -> handle.createUpdate(
                                "INSERT INTO api_key (id, tenant_id, display_name, digest, create_time, expire_time)"
                                        + " SELECT :id, tenant.id, :displayName, :digest, :createTime, :expireTime"
                                        + " FROM tenant WHERE tenant.id = :tenantId")
                        .bind("id", key.id())
                        .bind("tenantId", key.tenantId())
                        .bind("displayName", key.displayName())
                        .bind("digest", stored.digest().bytes())
                        .bind("createTime", Timestamp.from(key.createTime()))
                        .bind(
                                "expireTime",
                                key.expireTime().map(Timestamp::from).orElse(null))
                        .execute())
                == 1;
    }

    @Override
    public Optional<StoredApiKey> find(String keyId) {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT " + COLUMNS + ", digest FROM api_key WHERE id = :id")
                .bind("id", keyId)
                .map((row, context) -> new StoredApiKey(key(row), new KeyDigest(row.getBytes("digest"))))
                .findOne());
    }

    @Override
    public List<ApiKey> list(String tenantId, PageRequest page) {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT " + COLUMNS
                        + " FROM api_key WHERE tenant_id = :tenantId AND id > :after ORDER BY id LIMIT :limit")
                .bind("tenantId", tenantId)
                .bind("after", page.after())
                .bind("limit", page.limit())
                .map((row, context) -> key(row))
                .list());
    }

    @Override
    public boolean delete(String tenantId, String keyId) {
        return jdbi.withHandle(
                        handle -> handle.createUpdate("DELETE FROM api_key WHERE tenant_id = :tenantId AND id = :id")
                                .bind("tenantId", tenantId)
                                .bind("id", keyId)
                                .execute())
                == 1;
    }

    private static ApiKey key(ResultSet row) throws SQLException {
        return new ApiKey(
                row.getString("id"),
                row.getString("tenant_id"),
                row.getString("display_name"),
                row.getTimestamp("create_time").toInstant(),
                Optional.ofNullable(row.getTimestamp("expire_time")).map(Timestamp::toInstant));
    }
}
