package io.modelmill.training.run;

import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.CallerTokenSigner;
import io.modelmill.servicekit.security.Role;
import io.modelmill.training.job.JobConfig;
import io.modelmill.training.job.JobName;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Tokens that workers call the fleet with: for one job, and not much longer than their lease. */
@ApplicationScoped
public class WorkerTokens {
    /** So that a call begun at the end of a lease is refused for the lease and not for the token. */
    private static final Duration MARGIN = Duration.ofSeconds(30);

    private final CallerTokenSigner signer;
    private final JobConfig config;

    WorkerTokens(CallerTokenSigner signer, JobConfig config) {
        this.signer = signer;
        this.config = config;
    }

    /** A token for the worker of a job. */
    public String sign(JobName job) {
        return sign(job, config.lease().plus(MARGIN));
    }

    /** A token for a worker that may begin much later; with each lease it gets another. */
    public String sign(JobName job, Duration lifetime) {
        Caller worker = new Caller(job.toString(), Optional.of(job.tenant()), Set.of(Role.WORKER));
        return signer.sign(worker, List.of("training-service", "registry-service"), lifetime);
    }
}
