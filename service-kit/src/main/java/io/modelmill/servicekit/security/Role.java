package io.modelmill.servicekit.security;

/** What a caller may do. */
public enum Role {
    /** Makes tenants and their keys. */
    PLATFORM_ADMIN,
    /** Works with the resources of its own tenant. */
    TENANT,
    /** A worker of one training job: reads and writes artifacts of the job's tenant and reports on the job. */
    WORKER,
    /** A service of the fleet: acts for all tenants. */
    SERVICE
}
