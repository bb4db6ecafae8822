package io.modelmill.worker.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.worker.network.TensorValues;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("try") // The scope frees what is made while it is open.
class CheckpointFileTest {
    @TempDir
    Path folder;

    @Test
    void readsWhatItWrote() throws Exception {
        try (PointerScope scope = new PointerScope()) {
            Path file = written();
            TrainingState state = CheckpointFile.read(file);
            assertThat(state.digest()).isEqualTo("a digest");
            assertThat(state.epoch()).isEqualTo(3);
            assertThat(state.step()).isEqualTo(1L << 40);
            assertThat(state.numbers()).isEqualTo(Map.of("a", Double.NEGATIVE_INFINITY, "b", 0.1));
            var target = TensorValues.of(new float[6], 2, 3);
            state.copy("weights", target);
            assertThat(TensorValues.floats(target)).containsExactly(1, 2, 3, 4, 5, Float.NaN);
            state.copy("none", TensorValues.of(new float[0], 0));
            assertThat(folder).isDirectoryNotContaining("glob:**.partial");
        }
    }

    /** Every byte counts: a file with one changed, or cut anywhere, is refused and never anything else. */
    @Test
    void refusesWhatIsDamaged() throws Exception {
        try (PointerScope scope = new PointerScope()) {
            byte[] good = Files.readAllBytes(written());
            var random = new Random(1);
            for (int place = 0; place < good.length; place++) {
                byte[] changed = good.clone();
                changed[place] ^= (byte) (1 << random.nextInt(8));
                refused(changed);
                refused(Arrays.copyOf(good, place));
            }
            refused(Arrays.copyOf(good, good.length + 1));
        }
    }

    /** With a checksum that is right: what a foreign or hostile file says of itself is not believed either. */
    @Test
    void refusesWhatMakesNoSense() throws Exception {
        try (PointerScope scope = new PointerScope()) {
            byte[] good = Files.readAllBytes(written());
            var random = new Random(2);
            int refusals = 0;
            for (int round = 0; round < 2000; round++) {
                byte[] changed = good.clone();
                for (int i = 0; i < 1 + round % 4; i++) {
                    changed[random.nextInt(100)] = (byte) random.nextInt();
                }
                Path file = Files.write(folder.resolve("changed"), summed(changed));
                try {
                    var _ = CheckpointFile.read(file);
                } catch (BadCheckpointException e) {
                    refusals++;
                }
            }
            assertThat(refusals).isGreaterThan(500);
            byte[] newer = good.clone();
            newer[7] = 2;
            assertThatThrownBy(() -> CheckpointFile.read(Files.write(folder.resolve("newer"), summed(newer))))
                    .hasMessage("the file is no checkpoint of version 1");
        }
    }

    private static byte[] summed(byte[] bytes) {
        var sum = new java.util.zip.CRC32C();
        sum.update(bytes, 0, bytes.length - Long.BYTES);
        java.nio.ByteBuffer.wrap(bytes).putLong(bytes.length - Long.BYTES, sum.getValue());
        return bytes;
    }

    private void refused(byte[] bytes) throws Exception {
        Path file = Files.write(folder.resolve("refused"), bytes);
        assertThatThrownBy(() -> CheckpointFile.read(file)).isInstanceOf(BadCheckpointException.class);
    }

    private Path written() {
        Path file = folder.resolve("state.bin");
        CheckpointFile.write(
                new TrainingState(
                        "a digest",
                        3,
                        1L << 40,
                        Map.of("a", Double.NEGATIVE_INFINITY, "b", 0.1),
                        Map.of(
                                "weights",
                                TensorValues.of(new float[] {1, 2, 3, 4, 5, Float.NaN}, 2, 3),
                                "none",
                                TensorValues.of(new float[0], 0))),
                file);
        return file;
    }
}
