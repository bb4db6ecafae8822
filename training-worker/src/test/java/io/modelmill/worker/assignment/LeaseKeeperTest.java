package io.modelmill.worker.assignment;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.worker.process.ExitCode;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LeaseKeeperTest {
    private static final Duration SHORT = Duration.ofMillis(1500);

    private final CompletableFuture<ExitCode> end = new CompletableFuture<>();

    @Test
    void endsTheProcessWhenRenewalFailsUntilTheLeaseEnds() {
        keep(grant(SHORT, false), patience -> {
            throw new IllegalStateException("no answer");
        });
        assertThat(end.orTimeout(10, TimeUnit.SECONDS).join()).isEqualTo(ExitCode.LEASE_EXPIRED);
    }

    @Test
    void endsTheProcessWhenARenewalHangs() {
        keep(grant(SHORT, false), patience -> {
            // Nobody ever answers.
            return new CompletableFuture<LeaseGrant>().join();
        });
        assertThat(end.orTimeout(10, TimeUnit.SECONDS).join()).isEqualTo(ExitCode.LEASE_EXPIRED);
    }

    @Test
    void endsTheProcessWhenTheLeaseIsOverFromTheStart() {
        keep(grant(Duration.ofSeconds(-5), false), patience -> grant(SHORT, false));
        assertThat(end.orTimeout(10, TimeUnit.SECONDS).join()).isEqualTo(ExitCode.LEASE_EXPIRED);
    }

    @Test
    void livesOnWhileItIsRenewed() throws InterruptedException {
        var renewals = new CountDownLatch(4);
        keep(grant(SHORT, false), patience -> {
            assertThat(patience).isPositive().isLessThanOrEqualTo(SHORT.dividedBy(3));
            renewals.countDown();
            return grant(SHORT, false);
        });
        // Four renewals take longer than the first lease.
        assertThat(renewals.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(end).isNotDone();
    }

    @Test
    void passesOnTheCancelAndNeverTakesItBack() {
        var lease = new Lease(grant(SHORT, false));
        assertThat(lease.cancelRequested()).isFalse();
        lease.extend(grant(SHORT, true));
        assertThat(lease.cancelRequested()).isTrue();
        lease.extend(grant(SHORT, false));
        assertThat(lease.cancelRequested()).isTrue();
    }

    @Test
    void doesNotShowTheToken() {
        assertThat(grant(SHORT, true).toString()).doesNotContain("secret");
        assertThat(new AccessToken("secret").toString()).doesNotContain("secret");
    }

    private void keep(LeaseGrant first, java.util.function.Function<Duration, LeaseGrant> renewal) {
        new LeaseKeeper(new Lease(first), renewal, (code, reason) -> end.complete(code)).start();
    }

    private static LeaseGrant grant(Duration length, boolean cancel) {
        return new LeaseGrant(Instant.now().plus(length), "secret", cancel, false);
    }
}
