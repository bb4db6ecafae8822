package io.modelmill.training.quota;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.training.resource.Resources;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class QuotaTest {
    private static final Resources GPU = new Resources(2, 1, 1);
    private static final Resources CPU = new Resources(2, 1, 0);

    private final Quota quota = new Quota(Optional.of(2), Optional.of(5), Optional.of(1), Optional.of(10.0), 1);

    @Test
    void saysWhichLimitIsReached() {
        assertThat(quota.blocks(Usage.NONE, GPU)).isEmpty();
        assertThat(quota.blocks(Usage.NONE.plus(CPU).plus(CPU), CPU)).contains("quota of running jobs: 3 of 2");
        assertThat(quota.blocks(Usage.NONE.plus(new Resources(4, 1, 0)), CPU)).contains("quota of cores: 6 of 5");
        assertThat(quota.blocks(Usage.NONE.plus(GPU), GPU)).contains("quota of GPUs: 2 of 1");
    }

    @Test
    void usedUpHoursHoldBackOnlyWorkersWithGpus() {
        Usage used = Usage.NONE.withGpuHours(10);
        assertThat(quota.blocks(used, GPU)).contains("quota of GPU-hours a month: 10.0 of 10.0");
        assertThat(quota.refuses(used, GPU)).isPresent();
        assertThat(quota.blocks(used, CPU)).isEmpty();
        assertThat(quota.blocks(Usage.NONE.withGpuHours(9.9), GPU)).isEmpty();
    }

    @Test
    void tellsWhatIsNeverFromWhatIsLater() {
        assertThat(quota.refuses(Usage.NONE.plus(CPU).plus(CPU), CPU)).isEmpty();
        assertThat(quota.refuses(Usage.NONE, new Resources(6, 1, 0))).contains("quota of cores: 6 of 5");
    }

    @Test
    void followsConfigurationWhereNothingIsGranted() {
        Grant grant = new Grant(Optional.empty(), Optional.of(7), Optional.empty(), Optional.empty(), Optional.of(2.0));
        assertThat(grant.over(quota))
                .isEqualTo(new Quota(Optional.of(2), Optional.of(7), Optional.of(1), Optional.of(10.0), 2));
        assertThat(Grant.NONE.over(quota)).isEqualTo(quota);
    }
}
