package io.modelmill.inference.placement;

import io.modelmill.servicekit.kafka.DeadLetters;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.jboss.logging.Logger;

/**
 * Keeps events that cannot be used, on a thread of its own: reading never waits for it. Every replica keeps each, and each again
 * when it starts anew; as they have the same key, one is left when the topic is compacted.
 */
final class DeadLetterQueue implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(DeadLetterQueue.class);
    /** What waits while the broker takes none; what comes then is in the log alone. */
    private static final int CAPACITY = 1_000;

    private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);

    private final DeadLetters letters;
    private final BlockingQueue<Letter> waiting = new ArrayBlockingQueue<>(CAPACITY);
    private final Thread thread;

    DeadLetterQueue(DeadLetters letters) {
        this.letters = letters;
        this.thread = Thread.ofVirtual().name("dead-letters").unstarted(this::sendAll);
    }

    void start() {
        thread.start();
    }

    void add(ConsumerRecord<byte[], byte[]> event, String reason) {
        if (!waiting.offer(new Letter(event, reason))) {
            LOG.errorf(
                    "%s waiting dead letters are enough: partition %d, offset %d is not kept",
                    CAPACITY, event.partition(), event.offset());
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }

    private void sendAll() {
        try {
            while (true) {
                Letter letter = waiting.take();
                while (!sent(letter)) {
                    Thread.sleep(AFTER_FAILURE);
                }
            }
        } catch (InterruptedException e) {
            LOG.debugf("closed with %d dead letters waiting", waiting.size());
        } finally {
            letters.close();
        }
    }

    private boolean sent(Letter letter) throws InterruptedException {
        try {
            letters.send(letter.event(), letter.reason());
            return true;
        } catch (KafkaException failure) {
            LOG.warnf("a dead letter waits: %s", failure.getMessage());
            return false;
        }
    }

    private record Letter(ConsumerRecord<byte[], byte[]> event, String reason) {}
}
