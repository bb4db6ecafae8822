package io.modelmill.inference.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.model.VersionFile;
import java.util.List;
import org.junit.jupiter.api.Test;

class VersionSizesTest {
    private static final ModelKey MODEL = new ModelKey("acme", "sized");

    private long resident = 10_000;
    private final VersionSizes sizes = new VersionSizes(() -> resident);

    @Test
    void expectsTwiceTheFilesBeforeTheFirstLoad() {
        assertThat(sizes.of(MODEL, version("a", 300))).isEqualTo(800);
    }

    @Test
    void takesWhatTheProcessGrewBy() throws Exception {
        open(version("a", 300), 1_500);

        assertThat(sizes.of(MODEL, version("a", 300))).isEqualTo(1_500);
    }

    @Test
    void neverCountsLessThanTheFiles() throws Exception {
        open(version("a", 300), -5_000);

        assertThat(sizes.of(MODEL, version("a", 300))).isEqualTo(400);
    }

    @Test
    void measuresTheFirstLoadAlone() throws Exception {
        open(version("a", 300), 1_500);
        open(version("a", 300), 0);

        assertThat(sizes.of(MODEL, version("a", 300))).isEqualTo(1_500);
    }

    @Test
    void forgetsAVersionThatWasMadeAnew() throws Exception {
        open(version("a", 300), 1_500);

        assertThat(sizes.of(MODEL, version("b", 300))).isEqualTo(800);
    }

    @Test
    void learnsNothingFromALoadThatFailed() {
        assertThatExceptionOfType(LoadFailedException.class)
                .isThrownBy(() -> sizes.measuring(MODEL, version("a", 300), () -> {
                    resident += 1_500;
                    throw new LoadFailedException("no graph");
                }));

        assertThat(sizes.of(MODEL, version("a", 300))).isEqualTo(800);
    }

    @Test
    void readsTheKernelsCount() {
        assertThat(ProcessMemory.residentBytes("Name:\tjava\nVmHWM:\t  900 kB\nVmRSS:\t  412 kB\n"))
                .isEqualTo(412 * 1024);
        assertThat(ProcessMemory.residentBytes()).isBetween(1L << 20, ProcessMemory.limitBytes());
    }

    private void open(ServedVersion version, long growth) throws Exception {
        assertThat(sizes.measuring(MODEL, version, () -> {
                    resident += growth;
                    return "opened";
                }))
                .isEqualTo("opened");
    }

    /** A graph and 100 bytes beside it. */
    private static ServedVersion version(String digit, long graphBytes) {
        return new ServedVersion(
                1,
                List.of(
                        new VersionFile("model.onnx", true, digit.repeat(64), graphBytes),
                        new VersionFile("weights.bin", false, "0".repeat(64), 100)),
                new Signature(List.of(), List.of()),
                List.of());
    }
}
