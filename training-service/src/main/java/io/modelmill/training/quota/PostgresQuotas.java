package io.modelmill.training.quota;

import io.modelmill.training.resource.Resources;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** Grants as PostgreSQL keeps them, and usage as the attempts tell it. */
@ApplicationScoped
public class PostgresQuotas {
    private static final String HELD =
            "SELECT tenant, count(*) AS jobs, sum(cores) AS cores, sum(memory_bytes) AS memory,"
                    + " sum(gpus) AS gpus FROM job_attempt WHERE end_time IS NULL";

    private final Quota defaults;

    PostgresQuotas(QuotaConfig config) {
        Grant configured = new Grant(
                config.maxRunningJobs(),
                config.maxCores(),
                config.maxGpus(),
                config.maxGpuHoursPerMonth(),
                Optional.of(config.weight()));
        this.defaults = configured.over(Quota.UNBOUNDED);
    }

    Grant grant(Handle handle, String tenant) {
        return handle.createQuery("SELECT * FROM tenant_quota WHERE tenant = :tenant")
                .bind("tenant", tenant)
                .map((row, context) -> grant(row))
                .findOne()
                .orElse(Grant.NONE);
    }

    void put(Handle handle, String tenant, Grant grant) {
        handle.createUpdate("INSERT INTO tenant_quota (tenant, max_running_jobs, max_cores, max_gpus,"
                        + " max_gpu_hours_per_month, weight) VALUES (:tenant, :jobs, :cores, :gpus, :hours, :weight)"
                        + " ON CONFLICT (tenant) DO UPDATE SET max_running_jobs = excluded.max_running_jobs,"
                        + " max_cores = excluded.max_cores, max_gpus = excluded.max_gpus,"
                        + " max_gpu_hours_per_month = excluded.max_gpu_hours_per_month, weight = excluded.weight")
                .bind("tenant", tenant)
                .bind("jobs", grant.maxRunningJobs().orElse(null))
                .bind("cores", grant.maxCores().orElse(null))
                .bind("gpus", grant.maxGpus().orElse(null))
                .bind("hours", grant.maxGpuHours().orElse(null))
                .bind("weight", grant.weight().orElse(null))
                .execute();
    }

    /** What a tenant may use. */
    public Quota quota(Handle handle, String tenant) {
        return grant(handle, tenant).over(defaults);
    }

    /** What each of the tenants may use. */
    public Map<String, Quota> quotas(Handle handle, Collection<String> tenants) {
        Map<String, Quota> all = new HashMap<>();
        tenants.forEach(tenant -> all.put(tenant, defaults));
        handle.createQuery("SELECT * FROM tenant_quota WHERE tenant = ANY(:tenants)")
                .bindArray("tenants", String.class, tenants.toArray())
                .map((row, context) -> Map.entry(row.getString("tenant"), grant(row)))
                .forEach(granted -> all.put(granted.getKey(), granted.getValue().over(defaults)));
        return all;
    }

    /** What all tenants with an open attempt hold. */
    public Map<String, Usage> held(Handle handle) {
        Map<String, Usage> all = new HashMap<>();
        handle.createQuery(HELD + " GROUP BY tenant")
                .map((row, context) -> Map.entry(row.getString("tenant"), usage(row)))
                .forEach(held -> all.put(held.getKey(), held.getValue()));
        return all;
    }

    /** What a tenant uses, GPU-hours included. */
    Usage usage(Handle handle, String tenant) {
        return held(handle, tenant).withGpuHours(gpuHours(handle, tenant));
    }

    /** What a tenant uses of what its quota bounds: GPU-hours are not added up where they are not bounded. */
    public Usage usage(Handle handle, String tenant, Quota quota) {
        return quota.maxGpuHours().isPresent() ? usage(handle, tenant) : held(handle, tenant);
    }

    private static Usage held(Handle handle, String tenant) {
        return handle.createQuery(HELD + " AND tenant = :tenant GROUP BY tenant")
                .bind("tenant", tenant)
                .map((row, context) -> usage(row))
                .findOne()
                .orElse(Usage.NONE);
    }

    /** GPU-hours of a tenant since the month began. */
    public double gpuHours(Handle handle, String tenant) {
        return handle.createQuery("WITH month AS (SELECT date_trunc('month', clock_timestamp(), 'UTC') AS start)"
                        + " SELECT coalesce(sum(gpus * extract(epoch FROM coalesce(end_time, clock_timestamp())"
                        + " - greatest(start_time, month.start))), 0) / 3600 AS hours FROM job_attempt, month"
                        + " WHERE tenant = :tenant AND gpus > 0 AND (end_time IS NULL OR end_time > month.start)")
                .bind("tenant", tenant)
                .mapTo(Double.class)
                .one();
    }

    private static Usage usage(ResultSet row) throws SQLException {
        return new Usage(
                row.getInt("jobs"), new Resources(row.getInt("cores"), row.getLong("memory"), row.getInt("gpus")), 0);
    }

    private static Grant grant(ResultSet row) throws SQLException {
        return new Grant(
                Optional.ofNullable(row.getObject("max_running_jobs", Integer.class)),
                Optional.ofNullable(row.getObject("max_cores", Integer.class)),
                Optional.ofNullable(row.getObject("max_gpus", Integer.class)),
                Optional.ofNullable(row.getObject("max_gpu_hours_per_month", Double.class)),
                Optional.ofNullable(row.getObject("weight", Double.class)));
    }
}
