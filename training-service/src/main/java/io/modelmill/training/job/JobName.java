package io.modelmill.training.job;

import io.modelmill.servicekit.resourcename.ResourceNamePattern;
import java.util.List;

/** Resource name of a job. */
public record JobName(String tenant, String job) {
    static final ResourceNamePattern PATTERN = ResourceNamePattern.of("tenants/{tenant}/trainingJobs/{job}");

    /**
     * Parses a resource name.
     *
     * @param field where it came from
     * @throws io.modelmill.servicekit.error.ServiceException INVALID_ARGUMENT if it is none of a job
     */
    public static JobName parse(String name, String field) {
        List<String> ids = PATTERN.parse(name, field);
        return new JobName(ids.getFirst(), ids.getLast());
    }

    @Override
    public String toString() {
        return "tenants/" + tenant + "/trainingJobs/" + job;
    }
}
