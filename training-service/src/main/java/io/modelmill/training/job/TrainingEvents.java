package io.modelmill.training.job;

import io.modelmill.proto.events.v1.TrainingEvent;
import io.modelmill.servicekit.outbox.Outbox;
import io.modelmill.servicekit.outbox.OutboxEvent;
import org.jdbi.v3.core.Handle;

/** Tells the fleet what happens to jobs. */
public final class TrainingEvents {
    /** Topic of {@link TrainingEvent}, keyed by the job's resource name. */
    public static final String TOPIC = "modelmill.training-events.v1";

    private TrainingEvents() {}

    static void append(Handle transaction, JobName job, JobEvent event) {
        TrainingEvent message = TrainingEvent.newBuilder()
                .setJob(job.toString())
                .setEvent(TrainingJobProtoMapper.event(event))
                .build();
        Outbox.append(transaction, new OutboxEvent(TOPIC, job.toString(), TOPIC, message.toByteArray()));
    }
}
