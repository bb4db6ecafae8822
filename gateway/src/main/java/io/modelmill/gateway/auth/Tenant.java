package io.modelmill.gateway.auth;

import java.time.Instant;

/** One customer of the platform. */
record Tenant(String id, String displayName, Instant createTime) {
    String name() {
        return "tenants/" + id;
    }
}
