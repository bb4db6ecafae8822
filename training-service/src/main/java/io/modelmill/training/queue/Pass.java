package io.modelmill.training.queue;

import io.modelmill.training.resource.Room;
import java.util.Optional;

/**
 * One look for the job that a runner starts next. Tenants are offered in order: the smallest {@link TenantQueue#share} first,
 * of equal ones whose last turn is longest ago.
 *
 * <p>A tenant's jobs take their turns by priority, then age. One that its quota holds back until others of the tenant end
 * holds back those behind it, so that they cannot keep it waiting for ever; one that its quota would never let start is passed
 * by. The first job that could start but for the room has its turn; others may be started before it, but only for a while
 * ({@link QueueConfig#patience}). Then its place is kept: it starts as soon as it fits, and until then only what
 * {@link Reservation#admits} is started. So it starts at the latest when the workers have ended that ran when its place was
 * first kept.
 */
final class Pass {
    private final Room room;
    private final Optional<Reservation> reservation;
    private Optional<InTurn> inTurn = Optional.empty();

    Pass(Room room, Optional<Reservation> reservation) {
        this.room = room;
        this.reservation = reservation;
    }

    /** The job whose place was kept, if it fits now: it goes before all others. */
    Optional<Turn> reserved() {
        return reservation
                .filter(kept -> room.holds(kept.job().resources()))
                .map(kept -> new Turn(kept.queue().tenant(), kept.job().key()));
    }

    /** The job of the tenant's that may start, if there is one. */
    Optional<Turn> offer(TenantQueue queue) {
        for (WaitingJob job : queue.jobs()) {
            if (queue.quota().refuses(queue.usage(), job.resources()).isPresent()) {
                continue;
            }
            if (queue.quota().blocks(queue.usage(), job.resources()).isPresent()) {
                return Optional.empty();
            }
            boolean leavesPlace = reservation
                    .filter(kept -> !kept.admits(room, queue.tenant(), job.resources()))
                    .isEmpty();
            if (leavesPlace && room.holds(job.resources())) {
                return Optional.of(new Turn(queue.tenant(), job.key()));
            }
            if (inTurn.isEmpty()) {
                inTurn = Optional.of(new InTurn(queue, job));
            }
        }
        return Optional.empty();
    }

    /** The job whose turn it is and that does not fit: the one whose place is kept, or else the first. */
    Optional<InTurn> inTurn() {
        return reservation.map(kept -> new InTurn(kept.queue(), kept.job())).or(() -> inTurn);
    }

    /** Whether a job has had its turn and did not fit: others may be looked for, and need not be. */
    boolean mayEnd() {
        return inTurn.isPresent();
    }

    /** The job whose turn it was and that did not fit, if this was its first time. */
    Optional<Long> turnCame() {
        return inTurn.map(InTurn::job).filter(job -> job.turnTime().isEmpty()).map(WaitingJob::key);
    }

    /** A job and its tenant. */
    record InTurn(TenantQueue queue, WaitingJob job) {}
}
