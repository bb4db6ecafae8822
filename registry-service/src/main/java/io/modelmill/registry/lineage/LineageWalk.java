package io.modelmill.registry.lineage;

import io.modelmill.registry.serving.ModelKey;
import io.modelmill.registry.version.VersionKey;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.resourcename.ResourceNamePattern;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.transaction.TransactionIsolationLevel;

/** Walks lineage from one resource, level by level: a query for each level and direction, whatever its width. */
@ApplicationScoped
public class LineageWalk {
    /** So that an answer stays within a message, and a walk within a second. */
    static final int MOST_RESOURCES = 1_000;

    static final int MOST_STEPS = 50;
    private static final int USUAL_STEPS = 10;
    private static final ResourceNamePattern VERSION =
            ResourceNamePattern.of("tenants/{tenant}/models/{model}/versions/{version:number}");
    private static final ResourceNamePattern JOB = ResourceNamePattern.of("tenants/{tenant}/trainingJobs/{job}");

    private final Jdbi jdbi;

    LineageWalk(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /**
     * Walks from a resource. One that no version names has no links.
     *
     * @param start name of a version, a data-set version or a job of the tenant
     * @param steps at most this far; 0 is 10
     * @throws io.modelmill.servicekit.error.ServiceException INVALID_ARGUMENT if the steps are not 0 to 50
     */
    public LineageGraph walk(String tenant, String start, Direction direction, int steps) {
        if (steps < 0 || steps > MOST_STEPS) {
            throw Violations.of("max_steps", steps, "0 to " + MOST_STEPS);
        }
        int most = steps == 0 ? USUAL_STEPS : steps;
        return jdbi.inTransaction(TransactionIsolationLevel.REPEATABLE_READ, transaction -> {
            Walk walk = new Walk(transaction, tenant, start);
            if (direction.goesUp()) {
                walk.go(most, walk::sources, LineageLink::source);
            }
            if (direction.goesDown()) {
                walk.go(most, walk::targets, LineageLink::target);
            }
            return walk.graph();
        });
    }

    /** One walk, first up, then down. */
    private static final class Walk {
        private final Handle transaction;
        private final String tenant;
        private final String start;
        private final Map<String, Integer> steps = new LinkedHashMap<>();
        private final Set<LineageLink> links = new LinkedHashSet<>();
        private boolean complete = true;

        Walk(Handle transaction, String tenant, String start) {
            this.transaction = transaction;
            this.tenant = tenant;
            this.start = start;
            steps.put(start, 0);
        }

        void go(int most, Function<Set<String>, List<LineageLink>> look, Function<LineageLink, String> end) {
            Set<String> level = Set.of(start);
            // What was found going up is not gone down from: its other descendants are no relatives in a straight line.
            Set<String> seen = new LinkedHashSet<>(level);
            for (int step = 1; !level.isEmpty(); step++) {
                Set<String> next = new LinkedHashSet<>();
                for (LineageLink link : look.apply(level)) {
                    String far = end.apply(link);
                    boolean known = steps.containsKey(far);
                    if (!known && (step > most || steps.size() >= MOST_RESOURCES)) {
                        complete = false;
                        continue;
                    }
                    links.add(link);
                    steps.putIfAbsent(far, step);
                    if (seen.add(far)) {
                        next.add(far);
                    }
                }
                level = next;
            }
        }

        List<LineageLink> sources(Set<String> level) {
            List<VersionKey> versions = new ArrayList<>();
            List<String> jobs = new ArrayList<>();
            for (String name : level) {
                VERSION.match(name).ifPresent(ids -> versions.add(key(ids)));
                JOB.match(name).ifPresent(ids -> jobs.add(name));
            }
            return links(PostgresOrigins.of(transaction, tenant, versions, jobs), LineageLink::target, level);
        }

        List<LineageLink> targets(Set<String> level) {
            List<VersionOrigin> made = PostgresOrigins.madeWith(transaction, tenant, level, MOST_RESOURCES + 1);
            complete &= made.size() <= MOST_RESOURCES;
            return links(made, LineageLink::source, level);
        }

        private static List<LineageLink> links(
                List<VersionOrigin> origins, Function<LineageLink, String> near, Set<String> level) {
            return origins.stream()
                    .flatMap(origin -> origin.links().stream())
                    .filter(link -> level.contains(near.apply(link)))
                    .toList();
        }

        private static VersionKey key(List<String> ids) {
            return new VersionKey(new ModelKey(ids.getFirst(), ids.get(1)), Long.parseLong(ids.get(2)));
        }

        LineageGraph graph() {
            return new LineageGraph(steps, List.copyOf(links), complete);
        }
    }
}
