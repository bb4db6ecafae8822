package io.modelmill.servicekit.security;

import io.grpc.Context;
import io.modelmill.servicekit.error.CommonReason;
import io.modelmill.servicekit.error.ServiceException;
import java.util.Optional;
import java.util.Set;

/**
 * Who calls, as a verified token says.
 *
 * @param subject the credential's own name: an API key's, a service's or a job's resource name; never a secret
 * @param tenant id of the tenant that the caller speaks for; empty for administrators and services
 */
public record Caller(String subject, Optional<String> tenant, Set<Role> roles) {
    private static final Context.Key<Caller> CURRENT = Context.key("caller");

    public Caller {
        roles = Set.copyOf(roles);
    }

    /** A service of the fleet itself. */
    public static Caller service(String name) {
        return new Caller(name, Optional.empty(), Set.of(Role.SERVICE));
    }

    /**
     * The caller of the gRPC call that the current {@link Context} belongs to.
     *
     * @throws ServiceException UNAUTHENTICATED if no token was verified for it
     */
    public static Caller current() {
        return known().orElseThrow(() ->
                new ServiceException(CommonReason.CREDENTIAL_INVALID, "the call carries no verified token"));
    }

    /** The caller of the gRPC call that the current {@link Context} belongs to, if one was verified. */
    public static Optional<Caller> known() {
        return Optional.ofNullable(CURRENT.get());
    }

    /** The context with this caller in it. */
    public Context in(Context context) {
        return context.withValue(CURRENT, this);
    }

    public boolean has(Role role) {
        return roles.contains(role);
    }

    /**
     * Lets pass the tenant itself with one of the roles, and services.
     *
     * @param resourceName what the caller named, for the error
     * @throws ServiceException NOT_FOUND for all others: a foreign tenant must not learn what exists
     */
    public void requireTenant(String tenantId, String resourceName, Role... accepted) {
        if (has(Role.SERVICE)) {
            return;
        }
        boolean own = tenant.filter(tenantId::equals).isPresent();
        if (!own) {
            throw ServiceException.notFound(resourceName);
        }
        require(accepted);
    }

    /** Throws PERMISSION_DENIED unless the caller has one of the roles. */
    public void require(Role... accepted) {
        for (Role role : accepted) {
            if (has(role)) {
                return;
            }
        }
        throw new ServiceException(
                CommonReason.ROLE_MISSING, "roles: " + roles + " (expected: one of " + Set.of(accepted) + ")");
    }
}
