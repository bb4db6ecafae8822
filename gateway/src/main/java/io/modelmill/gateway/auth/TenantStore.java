package io.modelmill.gateway.auth;

import io.modelmill.servicekit.paging.PageRequest;
import java.util.List;
import java.util.Optional;

/** Where tenants are kept. */
interface TenantStore {
    /** Keeps a new tenant; false if the id is taken. */
    boolean insert(Tenant tenant);

    Optional<Tenant> find(String id);

    /** Up to {@link PageRequest#limit} tenants by id. */
    List<Tenant> list(PageRequest page);
}
