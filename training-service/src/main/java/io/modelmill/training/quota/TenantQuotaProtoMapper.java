package io.modelmill.training.quota;

import io.modelmill.proto.training.v1.QuotaLimits;
import io.modelmill.proto.training.v1.TenantQuota;
import java.util.Optional;

/** Between quotas and what callers send and get. */
final class TenantQuotaProtoMapper {
    private TenantQuotaProtoMapper() {}

    static Grant grant(QuotaLimits limits) {
        return new Grant(
                limits.hasMaxRunningJobs() ? Optional.of(limits.getMaxRunningJobs()) : Optional.empty(),
                limits.hasMaxCores() ? Optional.of(limits.getMaxCores()) : Optional.empty(),
                limits.hasMaxGpus() ? Optional.of(limits.getMaxGpus()) : Optional.empty(),
                limits.hasMaxGpuHoursPerMonth() ? Optional.of(limits.getMaxGpuHoursPerMonth()) : Optional.empty(),
                limits.hasWeight() ? Optional.of(limits.getWeight()) : Optional.empty());
    }

    static TenantQuota quota(String name, TenantQuotas.State state) {
        TenantQuota.Builder message = TenantQuota.newBuilder()
                .setName(name)
                .setGranted(limits(state.granted()))
                .setEffective(limits(new Grant(
                        state.effective().maxRunningJobs(),
                        state.effective().maxCores(),
                        state.effective().maxGpus(),
                        state.effective().maxGpuHours(),
                        Optional.of(state.effective().weight()))));
        message.getUsageBuilder()
                .setRunningJobs(state.usage().runningJobs())
                .setCores(state.usage().held().cores())
                .setGpus(state.usage().held().gpus())
                .setGpuHoursThisMonth(state.usage().gpuHours());
        return message.build();
    }

    private static QuotaLimits limits(Grant grant) {
        QuotaLimits.Builder limits = QuotaLimits.newBuilder();
        grant.maxRunningJobs().ifPresent(limits::setMaxRunningJobs);
        grant.maxCores().ifPresent(limits::setMaxCores);
        grant.maxGpus().ifPresent(limits::setMaxGpus);
        grant.maxGpuHours().ifPresent(limits::setMaxGpuHoursPerMonth);
        grant.weight().ifPresent(limits::setWeight);
        return limits.build();
    }
}
