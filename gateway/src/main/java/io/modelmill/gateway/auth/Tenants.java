package io.modelmill.gateway.auth;

import io.modelmill.servicekit.error.CommonReason;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.paging.Page;
import io.modelmill.servicekit.paging.PageRequest;
import io.modelmill.servicekit.resourcename.ResourceNamePattern;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** The platform's tenants. */
@ApplicationScoped
class Tenants {
    static final int LONGEST_DISPLAY_NAME = 200;

    private final TenantStore store;

    Tenants(TenantStore store) {
        this.store = store;
    }

    Tenant create(String id, String displayName) {
        Violations violations =
                new Violations().check(id.matches(ResourceNamePattern.ID), "tenant_id", id, ResourceNamePattern.ID);
        checkDisplayName(violations, "tenant.display_name", displayName);
        violations.throwIfAny();
        Tenant tenant = new Tenant(id, displayName, Instant.now().truncatedTo(ChronoUnit.MICROS));
        if (!store.insert(tenant)) {
            throw new ServiceException(CommonReason.RESOURCE_EXISTS, "exists already: \"" + tenant.name() + "\"");
        }
        return tenant;
    }

    Tenant get(String id) {
        return store.find(id).orElseThrow(() -> ServiceException.notFound("tenants/" + id));
    }

    Page<Tenant> list(PageRequest page) {
        return page.page(store.list(page), Tenant::id);
    }

    static void checkDisplayName(Violations violations, String field, String displayName) {
        violations.check(
                displayName.length() <= LONGEST_DISPLAY_NAME,
                field,
                displayName.length(),
                "at most " + LONGEST_DISPLAY_NAME + " characters");
    }
}
