package io.modelmill.fleet.client;

import io.grpc.StatusException;
import io.modelmill.fleet.installation.FleetKeys;
import java.io.PrintWriter;
import java.util.Optional;

/** The API key of a tenant of a local fleet: the one that is kept beside the fleet's own, or a new one. */
public final class TenantKey {
    private TenantKey() {}

    /**
     * Finds the tenant's key, or makes the tenant and a key as the administrator and keeps it for later commands.
     *
     * @param out told which key it is
     * @return the credential
     */
    public static String obtain(GatewayConnection gateway, FleetKeys keys, String tenant, PrintWriter out)
            throws StatusException {
        Optional<String> kept = keys.tenantCredential(tenant);
        if (kept.isPresent() && new TenantClient(gateway.with(kept.get())).isAccepted(tenant)) {
            out.println("Tenant " + tenant + ", with the API key in " + keys.tenant(tenant));
            out.flush();
            return kept.get();
        }
        TenantClient administrator = new TenantClient(gateway.with(keys.adminCredential()));
        administrator.create(tenant, tenant);
        String made = administrator.createKey(tenant, "Local commands");
        keys.keepTenantCredential(tenant, made);
        out.println(
                "Tenant " + tenant + ", with a new API key, shown this once (kept in " + keys.tenant(tenant) + "):");
        out.println("  " + made);
        out.flush();
        return made;
    }
}
