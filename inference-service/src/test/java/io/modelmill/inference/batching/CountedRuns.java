package io.modelmill.inference.batching;

import io.modelmill.inference.statistics.FailureKind;
import io.modelmill.inference.statistics.VersionStatistics;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Requests of each batch that was noted. */
final class CountedRuns implements VersionStatistics {
    final List<Integer> requests = Collections.synchronizedList(new ArrayList<>());

    @Override
    public void requested() {}

    @Override
    public void answered(int rows, long queue, long gather, long compute, long scatter) {}

    @Override
    public void failed(FailureKind kind, long duration) {}

    @Override
    public void ran(int count, int rows, long gather, long compute, long scatter) {
        requests.add(count);
    }
}
