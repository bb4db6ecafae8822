package io.modelmill.registry.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.modelmill.registry.error.RegistryReason;
import io.modelmill.servicekit.error.ServiceException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ChunkRoomTest {
    @Test
    void sendsAwayWhoFindsNoPlaceAndLetsInAgainWhenOneIsFree() {
        ChunkRoom room = ChunkRoom.of(128L << 20);

        ChunkRoom.Place first = room.enter();
        try (ChunkRoom.Place _ = room.enter()) {
            assertFull(room, 2);
            first.close();
            try (ChunkRoom.Place _ = room.enter()) {
                assertFull(room, 2);
            }
        }
    }

    @Test
    void hasAPlaceInTheSmallestHeap() {
        ChunkRoom room = ChunkRoom.of(1 << 20);

        try (ChunkRoom.Place _ = room.enter()) {
            assertFull(room, 1);
        }
    }

    @Test
    void hasRoomWhereTheHeapHasNoBound() {
        try (ChunkRoom.Place place = ChunkRoom.of(Long.MAX_VALUE).enter()) {
            assertThat(place).isNotNull();
        }
    }

    private static void assertFull(ChunkRoom room, int places) {
        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(room::enter)
                .satisfies(refusal -> {
                    assertThat(refusal.reason()).isEqualTo(RegistryReason.TOO_MANY_CHUNKS);
                    assertThat(refusal.retryAfter()).contains(Duration.ofMillis(200));
                })
                .withMessage("this replica is writing %s chunks, as many as its memory has room for", places);
    }
}
