package io.modelmill.training.sweep;

import io.modelmill.servicekit.resourcename.ResourceNamePattern;
import io.modelmill.training.job.JobName;
import java.util.List;

/** Resource name of a sweep. */
record SweepName(String tenant, String sweep) {
    /** Shorter than other ids: those of the trials' jobs append a number. */
    static final String ID = "[a-z][a-z0-9-]{0,56}";

    private static final ResourceNamePattern PATTERN = ResourceNamePattern.of("tenants/{tenant}/sweeps/{sweep}");

    /**
     * Parses a resource name.
     *
     * @param field where it came from
     * @throws io.modelmill.servicekit.error.ServiceException INVALID_ARGUMENT if it is none of a sweep
     */
    static SweepName parse(String name, String field) {
        List<String> ids = PATTERN.parse(name, field);
        return new SweepName(ids.getFirst(), ids.getLast());
    }

    /** Of the job of a trial. */
    JobName job(int number) {
        return new JobName(tenant, sweep + "-" + number);
    }

    @Override
    public String toString() {
        return "tenants/" + tenant + "/sweeps/" + sweep;
    }
}
