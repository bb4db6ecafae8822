package io.modelmill.worker.run;

import io.modelmill.worker.checkpoint.Checkpoints;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a run begins from, and where its states go.
 *
 * @param files SHA-256 of each of the data's files, in their order
 * @param teacher whom the job asks to learn from
 * @param checkpoint file of the state to go on from; empty to begin anew
 * @param checkpoints takes states
 */
public record Origin(
        List<String> files, Optional<TeacherGraph> teacher, Optional<Path> checkpoint, Checkpoints checkpoints) {
    public Origin {
        files = List.copyOf(files);
    }

    /** From the start, keeping nothing. */
    public static Origin fresh() {
        return new Origin(List.of(), Optional.empty(), Optional.empty(), Checkpoints.NONE);
    }
}
