package io.modelmill.worker.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.worker.failure.PlatformFailedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointKeeperTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private final List<Long> published = new CopyOnWriteArrayList<>();
    private final AtomicLong clock = new AtomicLong();

    @Test
    void keepsEndsOfEpochsNowAndThenAndAllElse() throws Exception {
        try (var keeper = new CheckpointKeeper(folder, this::publish, clock::get)) {
            offer(keeper, Occasion.EPOCH, 1);
            clock.addAndGet(CheckpointKeeper.PAUSE.toNanos());
            offer(keeper, Occasion.EPOCH, 2);
            offer(keeper, Occasion.EPOCH, 3);
            offer(keeper, Occasion.STEPS, 4);
            offer(keeper, Occasion.EPOCH, 5);
            offer(keeper, Occasion.STOPPED, 6);
            offer(keeper, Occasion.STOPPED, 6);
        }
        assertThat(published).containsExactly(2L, 4L, 6L);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void onlyTheNewestWaits() throws Exception {
        var begun = new CountDownLatch(1);
        var go = new CountDownLatch(1);
        try (var keeper = new CheckpointKeeper(
                folder,
                (file, epoch, step) -> {
                    begun.countDown();
                    await(go);
                    publish(file, epoch, step);
                },
                clock::get)) {
            keeper.offer(Occasion.STEPS, () -> state(1));
            await(begun);
            keeper.offer(Occasion.STEPS, () -> state(2));
            keeper.offer(Occasion.STEPS, () -> state(3));
            assertThat(keeper.awaitPublished(Duration.ZERO)).isFalse();
            go.countDown();
            assertThat(keeper.awaitPublished(PATIENCE)).isTrue();
            assertThat(published).containsExactly(1L, 3L);
            assertThat(folder).isEmptyDirectory();
        }
    }

    @Test
    void goesOnWhenOneCannotBePublished() {
        try (var keeper = new CheckpointKeeper(
                folder,
                (file, epoch, step) -> {
                    if (step == 1) {
                        throw new PlatformFailedException("the registry is away");
                    }
                    publish(file, epoch, step);
                },
                clock::get)) {
            offer(keeper, Occasion.STEPS, 1);
            offer(keeper, Occasion.STEPS, 2);
            assertThat(published).containsExactly(2L);
        }
    }

    @Test
    void goesOnWhenThereIsNoRoom() throws Exception {
        Path gone = Files.createDirectory(folder.resolve("gone"));
        try (var keeper = new CheckpointKeeper(gone, this::publish, clock::get)) {
            Files.delete(gone);
            offer(keeper, Occasion.STEPS, 1);
            Files.createDirectory(gone);
            offer(keeper, Occasion.STEPS, 2);
            assertThat(published).containsExactly(2L);
        }
    }

    private static void offer(CheckpointKeeper keeper, Occasion occasion, long step) {
        keeper.offer(occasion, () -> state(step));
        assertThat(keeper.awaitPublished(PATIENCE)).isTrue();
    }

    private static TrainingState state(long step) {
        return new TrainingState("digest", 0, step, Map.of(), Map.of());
    }

    private void publish(Path file, int epoch, long step) {
        assertThat(CheckpointFile.read(file).step()).isEqualTo(step);
        published.add(step);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(PATIENCE.toSeconds(), java.util.concurrent.TimeUnit.SECONDS))
                    .isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
