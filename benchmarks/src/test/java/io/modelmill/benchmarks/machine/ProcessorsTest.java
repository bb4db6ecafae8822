package io.modelmill.benchmarks.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProcessorsTest {
    private static final List<String> COMMAND = List.of("java", "Main");

    @Test
    void givesTheServerOneProcessorAndTheLoadTheOthers() {
        Processors processors = Processors.divide(List.of(2, 3, 8), true);

        assertThat(processors.onServer(COMMAND)).containsExactly("taskset", "-c", "2", "java", "Main");
        assertThat(processors.load()).containsExactly(3, 8);
        assertThat(processors.describe()).isEqualTo("server on processor 2, load generator on 3,8");
    }

    @Test
    void pinsNothingWhereItCannotAndSaysSo() {
        for (Processors processors : List.of(
                Processors.divide(List.of(0), true),
                Processors.divide(List.of(0, 1), false),
                Processors.divide(List.of(), true))) {
            assertThat(processors.onServer(COMMAND)).isEqualTo(COMMAND);
            assertThat(processors.describe()).contains("NOT PINNED");
        }
    }

    @Test
    void readsTheKernelsList() {
        assertThat(Processors.allowed(List.of("Name:\tjava", "Cpus_allowed:\tf", "Cpus_allowed_list:\t0-2,5,7-8")))
                .containsExactly(0, 1, 2, 5, 7, 8);
        assertThat(Processors.allowed(List.of("Name:\tjava"))).isEmpty();
    }

    @Test
    void readsMemoryInKibibytes() {
        assertThat(ProcessUsage.bytes("VmRSS:\t  2048 kB")).isEqualTo(2L << 20);
    }
}
