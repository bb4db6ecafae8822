package io.modelmill.registry.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.registry.rollout.AliasProgress.Phase;
import io.modelmill.registry.serving.ModelKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RolloutTest {
    private static final long ASKED = 7;

    @Test
    void saysThatNobodyIsThere() {
        Rollout rollout = rollout();

        assertThat(rollout.state()).isEqualTo(Rollout.State.NO_REPLICAS);
        assertThat(rollout.isOver()).as("one may come").isFalse();
    }

    @Test
    void isCompleteOnceEveryReplicaAnswersWithIt() {
        assertThat(rollout(replica(7, Phase.SERVING), replica(7, Phase.SERVING)).state())
                .isEqualTo(Rollout.State.COMPLETE);
        assertThat(rollout(replica(7, Phase.SERVING), replica(6, Phase.SERVING)).state())
                .as("one has not applied it")
                .isEqualTo(Rollout.State.ROLLING_OUT);
        assertThat(rollout(replica(7, Phase.SERVING), replica(0)).state())
                .as("one does not know the model")
                .isEqualTo(Rollout.State.ROLLING_OUT);
        assertThat(rollout(replica(7, Phase.SERVING, Phase.LOADING)).state())
                .as("one alias is behind")
                .isEqualTo(Rollout.State.ROLLING_OUT);
    }

    @Test
    void countsWhatTheNextCallLoadsAndWhatIsRefusedAsItMustBe() {
        assertThat(rollout(replica(7, Phase.ON_DEMAND, Phase.WITHDRAWN, Phase.SERVING))
                        .state())
                .isEqualTo(Rollout.State.COMPLETE);
        assertThat(rollout(replica(7)).state()).as("a model without aliases").isEqualTo(Rollout.State.COMPLETE);
    }

    @Test
    void takesALaterRevisionForTheOneThatWasAskedFor() {
        assertThat(rollout(replica(9, Phase.SERVING)).state()).isEqualTo(Rollout.State.COMPLETE);
        assertThat(rollout(replica(9, Phase.LOADING)).state()).isEqualTo(Rollout.State.ROLLING_OUT);
    }

    @Test
    void hasFailedWhereOneReplicaFailedWithItAndNotWithWhatWasBefore() {
        Rollout failed = rollout(replica(7, Phase.LOADING), replica(7, Phase.SERVING, Phase.FAILED));

        assertThat(failed.state()).isEqualTo(Rollout.State.FAILED);
        assertThat(failed.isOver()).isTrue();
        assertThat(rollout(replica(6, Phase.FAILED)).state()).isEqualTo(Rollout.State.ROLLING_OUT);
    }

    private static Rollout rollout(ReplicaProgress... replicas) {
        return new Rollout(new ModelKey("t", "m"), ASKED, List.of(replicas));
    }

    private static ReplicaProgress replica(long revision, Phase... phases) {
        return new ReplicaProgress(
                "r",
                revision,
                Arrays.stream(phases)
                        .map(phase -> new AliasProgress("a", 2, phase, "", 1))
                        .toList(),
                revision == 0 ? Optional.empty() : Optional.of(Instant.EPOCH));
    }
}
