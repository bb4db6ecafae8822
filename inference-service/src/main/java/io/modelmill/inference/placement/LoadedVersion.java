package io.modelmill.inference.placement;

import io.modelmill.inference.batching.Batcher;
import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.pipeline.TextPipeline;
import io.modelmill.inference.session.ModelSession;
import io.modelmill.inference.statistics.MeteredStatistics;
import java.util.Optional;

/**
 * A version with its open session.
 *
 * @param version as it is served: with the graph's signature where none was announced
 * @param residence counts the session's users and closes it
 * @param pipeline around the graph, if it has one; ends with the session
 */
record LoadedVersion(
        ModelKey model,
        ServedVersion version,
        ModelSession session,
        Batcher batcher,
        Optional<TextPipeline> pipeline,
        MeteredStatistics statistics,
        Residence residence) {
    /** Lets no new call in; the session closes after the last one. */
    void retire() {
        batcher.close();
        residence.retire();
        statistics.close();
    }

    /** Closes the session after {@link Residence#retireIfUnused}. */
    void close() {
        residence.closeNow();
        statistics.close();
    }
}
