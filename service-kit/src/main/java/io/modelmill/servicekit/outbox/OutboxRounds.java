package io.modelmill.servicekit.outbox;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;

/**
 * Sends events in rounds, one of each key in a round: none is sent before the broker has the one ahead of it, so that one that is
 * refused, even after it was on its way, is never overtaken by the next of its key.
 */
final class OutboxRounds {
    private final Producer<String, byte[]> producer;
    private final String source;

    OutboxRounds(Producer<String, byte[]> producer, String source) {
        this.producer = producer;
        this.source = source;
    }

    /** Sends rows in the order in which they come, as far as the broker takes them. */
    Outcome send(Collection<OutboxRow> rows) throws InterruptedException {
        Map<String, Deque<OutboxRow>> waiting = new LinkedHashMap<>();
        rows.forEach(row -> waiting.computeIfAbsent(row.event().key(), key -> new ArrayDeque<>())
                .add(row));
        List<OutboxRow> sent = new ArrayList<>();
        Map<String, Throwable> refused = new LinkedHashMap<>();
        while (!waiting.isEmpty()) {
            Map<OutboxRow, Throwable> failed =
                    round(waiting.values().stream().map(Deque::getFirst).toList());
            boolean away = failed.size() == waiting.size()
                    && failed.values().stream().anyMatch(failure -> !isOfTheEvent(failure));
            waiting.values().removeIf(ofKey -> {
                OutboxRow row = ofKey.removeFirst();
                Throwable failure = failed.get(row);
                if (failure == null) {
                    sent.add(row);
                } else if (!away || isOfTheEvent(failure)) {
                    refused.put(row.event().key(), failure);
                }
                return failure != null || ofKey.isEmpty();
            });
            if (away) {
                // Nobody answered: that says nothing of any key.
                return new Outcome(
                        sent,
                        refused,
                        failed.values().stream()
                                .filter(failure -> !isOfTheEvent(failure))
                                .findFirst());
            }
        }
        return new Outcome(sent, refused, Optional.empty());
    }

    /** Answers what was not taken, and why. */
    private Map<OutboxRow, Throwable> round(List<OutboxRow> rows) throws InterruptedException {
        Map<String, Throwable> silentTopics = new HashMap<>();
        Map<OutboxRow, Future<?>> acknowledgements = new LinkedHashMap<>();
        for (OutboxRow row : rows) {
            String topic = row.event().topic();
            Throwable silence = silentTopics.get(topic);
            Future<?> acknowledgement = silence == null ? send(row) : CompletableFuture.failedFuture(silence);
            acknowledgements.put(row, acknowledgement);
            if (acknowledgement.state() == Future.State.FAILED
                    && acknowledgement.exceptionNow() instanceof TimeoutException timeout) {
                // Nothing is known of the topic: each further send would wait as long, with the transaction open.
                silentTopics.put(topic, timeout);
            }
        }
        producer.flush();
        Map<OutboxRow, Throwable> failed = new LinkedHashMap<>();
        for (Map.Entry<OutboxRow, Future<?>> entry : acknowledgements.entrySet()) {
            try {
                entry.getValue().get();
            } catch (ExecutionException e) {
                failed.put(entry.getKey(), e.getCause() == null ? e : e.getCause());
            }
        }
        return failed;
    }

    private Future<?> send(OutboxRow row) {
        try {
            return producer.send(row.record(source));
        } catch (RuntimeException failure) {
            return CompletableFuture.failedFuture(failure);
        }
    }

    /** Whether the broker, or the client in its place, refuses this event and not all of them. */
    private static boolean isOfTheEvent(Throwable failure) {
        return failure instanceof RecordTooLargeException
                || failure instanceof RecordBatchTooLargeException
                || failure instanceof InvalidRecordException
                || failure instanceof SerializationException
                || failure instanceof InvalidTopicException
                || failure instanceof TopicAuthorizationException;
    }

    /**
     * What became of a batch.
     *
     * @param sent what the broker has
     * @param refused keys of which an event was not taken while others were, or never will be
     * @param away why no event at all was taken any more, if so
     */
    record Outcome(List<OutboxRow> sent, Map<String, Throwable> refused, Optional<Throwable> away) {}
}
