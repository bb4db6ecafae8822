package io.modelmill.training.job;

import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.paging.Page;
import io.modelmill.servicekit.paging.PageRequest;
import jakarta.enterprise.context.ApplicationScoped;

/** What tenants read of the measures of their jobs. Callers are checked before. */
@ApplicationScoped
class JobMetrics {
    private final TrainingJobs jobs;
    private final PostgresMetrics metrics;

    JobMetrics(TrainingJobs jobs, PostgresMetrics metrics) {
        this.jobs = jobs;
        this.metrics = metrics;
    }

    /**
     * Points after a step, in order of step.
     *
     * @throws io.modelmill.servicekit.error.ServiceException NOT_FOUND if there is no such job
     */
    Page<MetricPoint> list(JobName job, long afterStep, PageRequest request) {
        if (afterStep < 0) {
            throw Violations.of("after_step", afterStep, ">= 0");
        }
        long after = Math.max(afterStep, lastStep(request));
        return request.page(
                metrics.after(jobs.get(job).key(), after, request.limit()), point -> Long.toString(point.step()));
    }

    private static long lastStep(PageRequest request) {
        if (request.after().isEmpty()) {
            return 0;
        }
        try {
            return Long.parseLong(request.after());
        } catch (NumberFormatException e) {
            throw Violations.of("page_token", request.after(), "next_page_token of an earlier answer");
        }
    }
}
