package io.modelmill.training.resource;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RoomTest {
    private static final Resources MACHINE = new Resources(4, 1000, 1);

    @Test
    void holdsWhatIsFree() {
        Room room = new Room(1, MACHINE, new Resources(2, 500, 1));
        assertThat(room.holds(new Resources(2, 500, 1))).isTrue();
        assertThat(room.holds(new Resources(3, 500, 1))).isFalse();
        assertThat(room.holds(new Resources(2, 501, 1))).isFalse();
        assertThat(room.holds(new Resources(2, 500, 2))).isFalse();
    }

    @Test
    void holdsNothingWithoutAPlaceForAWorker() {
        assertThat(new Room(0, MACHINE, MACHINE).holds(new Resources(1, 1, 0))).isFalse();
        assertThat(Room.NONE.holds(Resources.NONE)).isFalse();
    }

    @Test
    void grantsAllCoresToAWorkerOfMoreThanThereAre() {
        Room room = new Room(1, MACHINE, MACHINE);
        assertThat(room.grant(new Resources(8, 500, 1))).isEqualTo(new Resources(4, 500, 1));
        assertThat(room.holds(new Resources(8, 500, 1))).isTrue();
        assertThat(room.holds(new Resources(8, 1001, 1))).isFalse();
    }

    @Test
    void neverHasLessThanNothingLeft() {
        assertThat(new Resources(1, 10, 0).minus(new Resources(2, 20, 1))).isEqualTo(Resources.NONE);
        assertThat(new Resources(1, 10, 0).plus(new Resources(2, 20, 1))).isEqualTo(new Resources(3, 30, 1));
    }
}
