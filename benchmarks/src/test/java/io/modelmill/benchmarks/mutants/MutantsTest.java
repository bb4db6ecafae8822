package io.modelmill.benchmarks.mutants;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MutantsTest {
    private static final int ALL = 34;

    @Test
    void makesEveryMutationAndTheSameOnesAgain() throws Exception {
        Mutants mutants = new Mutants(7);
        Mutants again = new Mutants(7);
        Set<String> mutations = new HashSet<>();
        for (int number = 0; number < 10 * ALL; number++) {
            mutations.add(mutants.mutation(number));
            assertThat(mutants.make(number)).usingRecursiveComparison().isEqualTo(again.make(number));
        }
        assertThat(mutations).hasSize(ALL);
    }

    @Test
    void originalsWithTheirWeightsInsideAreModels() throws Exception {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        for (Original original : new Mutants(1).originals()) {
            if (original.externalData().isEmpty()) {
                try (OrtSession session =
                        environment.createSession(original.model().toByteArray())) {
                    assertThat(session.getNumOutputs()).as(original.name()).isOne();
                }
            }
        }
    }
}
