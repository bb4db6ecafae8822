package io.modelmill.training.sweep;

import io.modelmill.servicekit.error.CommonReason;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.paging.Page;
import io.modelmill.servicekit.paging.PageRequest;
import io.modelmill.training.job.RequestIds;
import io.modelmill.training.job.TrainingReason;
import io.modelmill.trainingspec.fault.Faults;
import jakarta.enterprise.context.ApplicationScoped;
import java.security.SecureRandom;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What tenants do with their sweeps. Callers are checked before. */
@ApplicationScoped
class Sweeps {
    private final SecureRandom random = new SecureRandom();
    private final PostgresSweeps sweeps;
    private final TrialJobs jobs;
    private final SweepLoop loop;

    Sweeps(PostgresSweeps sweeps, TrialJobs jobs, SweepLoop loop) {
        this.sweeps = sweeps;
        this.jobs = jobs;
        this.loop = loop;
    }

    /**
     * Begins a sweep, or answers with the one that the same request began before.
     *
     * @param found faults of the wish that were found as it was read, with paths from the sweep on
     * @throws ServiceException INVALID_ARGUMENT with every fault, or ALREADY_EXISTS if the id is taken
     */
    View create(String tenant, String id, String requestId, SweepDefinition definition, Faults found) {
        Violations violations = new Violations();
        RequestIds.check(requestId, violations);
        if (violations.isEmpty() && !requestId.isEmpty()) {
            Optional<Sweep> before = sweeps.findRequest(tenant, requestId);
            if (before.isPresent()) {
                return view(before.get());
            }
        }
        String chosen = id.isEmpty() ? "sweep-" + String.format(Locale.ROOT, "%016x", random.nextLong()) : id;
        SweepName name = new SweepName(tenant, chosen);
        violations.check(chosen.matches(SweepName.ID), "sweep_id", chosen, SweepName.ID);
        SweepRules.check(definition, found);
        found.found().forEach(fault -> violations.add("sweep." + fault.path(), fault.offending(), fault.expected()));
        violations.throwIfAny();
        // What only the registry knows is the same for most trials: the first tells it now, each of the others as it
        // begins.
        jobs.check(name, definition, 1);
        return sweeps.insert(name, Optional.of(requestId).filter(given -> !given.isEmpty()), definition)
                .or(() -> requestId.isEmpty() ? Optional.empty() : sweeps.findRequest(tenant, requestId))
                .map(sweep -> {
                    loop.wake();
                    return view(sweep);
                })
                .orElseThrow(
                        () -> new ServiceException(CommonReason.RESOURCE_EXISTS, "exists already: \"" + name + "\""));
    }

    View get(SweepName name) {
        return view(find(name));
    }

    Page<View> list(String tenant, PageRequest request) {
        List<View> found = sweeps.list(tenant, after(request, Long.MAX_VALUE), request.limit()).stream()
                .map(this::view)
                .toList();
        return request.page(found, view -> Long.toString(view.sweep().key()));
    }

    Sweep find(SweepName name) {
        return sweeps.find(name).orElseThrow(() -> ServiceException.notFound(name.toString()));
    }

    Page<Trial> trials(Sweep sweep, PageRequest request) {
        int above = (int) Math.clamp(after(request, 0), 0, Integer.MAX_VALUE);
        return request.page(sweeps.trials(sweep, above, request.limit()), trial -> Integer.toString(trial.number()));
    }

    /**
     * Asks for the end of a sweep.
     *
     * @throws ServiceException FAILED_PRECONDITION if it has ended otherwise
     */
    View cancel(SweepName name) {
        Sweep sweep = find(name);
        if (sweep.state() == SweepState.RUNNING
                && sweeps.change(sweep, SweepState.CANCELLING, "cancelled by its owner", Optional.empty())) {
            loop.wake();
        }
        Sweep now = find(name);
        if (now.state() == SweepState.SUCCEEDED || now.state() == SweepState.FAILED) {
            throw new ServiceException(
                    TrainingReason.SWEEP_NOT_CANCELLABLE, "state: " + now.state() + " (expected: RUNNING)");
        }
        return view(now);
    }

    private View view(Sweep sweep) {
        Optional<Trial> best = sweep.bestTrial()
                .flatMap(number -> sweeps.trials(sweep, number - 1, 1).stream().findFirst());
        return new View(sweep, sweeps.begunCount(sweep.key()), best);
    }

    private static long after(PageRequest request, long first) {
        if (request.after().isEmpty()) {
            return first;
        }
        try {
            return Long.parseLong(request.after());
        } catch (NumberFormatException e) {
            throw Violations.of("page_token", request.after(), "next_page_token of an earlier answer");
        }
    }

    /** A sweep as its owner sees it. */
    record View(Sweep sweep, int begun, Optional<Trial> best) {}
}
