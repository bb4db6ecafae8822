package io.modelmill.training.queue;

import java.util.List;
import java.util.Optional;

/**
 * What a pass has found.
 *
 * @param turn the job to start, if there is one that fits
 * @param victims attempts to ask for their places, for the job whose turn it is and that does not fit
 */
public record Next(Optional<Turn> turn, List<Victim> victims) {
    public Next {
        victims = List.copyOf(victims);
    }
}
