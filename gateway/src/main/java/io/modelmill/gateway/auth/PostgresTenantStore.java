package io.modelmill.gateway.auth;

import io.modelmill.servicekit.paging.PageRequest;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;

@ApplicationScoped
class PostgresTenantStore implements TenantStore {
    private final Jdbi jdbi;

    PostgresTenantStore(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    @Override
    public boolean insert(Tenant tenant) {
        return jdbi.withHandle(handle -> handle.createUpdate("INSERT INTO tenant (id, display_name, create_time)"
                                + " VALUES (:id, :displayName, :createTime) ON CONFLICT (id) DO NOTHING")
                        .bind("id", tenant.id())
                        .bind("displayName", tenant.displayName())
                        .bind("createTime", tenant.createTime())
                        .execute())
                == 1;
    }

    @Override
    public Optional<Tenant> find(String id) {
        return jdbi.withHandle(
                handle -> handle.createQuery("SELECT id, display_name, create_time FROM tenant WHERE id = :id")
                        .bind("id", id)
                        .map((row, context) -> tenant(row))
                        .findOne());
    }

    @Override
    public List<Tenant> list(PageRequest page) {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT id, display_name, create_time FROM tenant WHERE id > :after ORDER BY id LIMIT :limit")
                .bind("after", page.after())
                .bind("limit", page.limit())
                .map((row, context) -> tenant(row))
                .list());
    }

    private static Tenant tenant(ResultSet row) throws SQLException {
        return new Tenant(
                row.getString("id"),
                row.getString("display_name"),
                row.getTimestamp("create_time").toInstant());
    }
}
