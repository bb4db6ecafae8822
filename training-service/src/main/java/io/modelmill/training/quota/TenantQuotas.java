package io.modelmill.training.quota;

import io.modelmill.servicekit.error.Violations;
import jakarta.enterprise.context.ApplicationScoped;
import org.jdbi.v3.core.Jdbi;

/** What administrators grant and tenants ask for. Callers are checked before. */
@ApplicationScoped
class TenantQuotas {
    private final Jdbi jdbi;
    private final PostgresQuotas quotas;

    TenantQuotas(Jdbi jdbi, PostgresQuotas quotas) {
        this.jdbi = jdbi;
        this.quotas = quotas;
    }

    State get(String tenant) {
        return jdbi.withHandle(handle ->
                new State(quotas.grant(handle, tenant), quotas.quota(handle, tenant), quotas.usage(handle, tenant)));
    }

    /**
     * Replaces what is granted.
     *
     * @throws io.modelmill.servicekit.error.ServiceException INVALID_ARGUMENT with every fault
     */
    State set(String tenant, Grant grant) {
        Violations violations = new Violations();
        grant.check("granted.", violations);
        violations.throwIfAny();
        jdbi.useHandle(handle -> quotas.put(handle, tenant, grant));
        return get(tenant);
    }

    /** What a tenant may use and uses. */
    record State(Grant granted, Quota effective, Usage usage) {}
}
