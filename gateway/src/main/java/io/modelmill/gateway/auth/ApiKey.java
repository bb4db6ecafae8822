package io.modelmill.gateway.auth;

import java.time.Instant;
import java.util.Optional;

/**
 * A credential of a tenant, without its secret.
 *
 * @param expireTime when it ends by itself; empty is never
 */
record ApiKey(String id, String tenantId, String displayName, Instant createTime, Optional<Instant> expireTime) {
    String name() {
        return "tenants/" + tenantId + "/apiKeys/" + id;
    }
}
