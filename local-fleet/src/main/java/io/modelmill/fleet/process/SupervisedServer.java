package io.modelmill.fleet.process;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Keeps a server running: one that dies is started again, until it is stopped or given up. */
public final class SupervisedServer {
    /** How long children of a dead server may take to notice and end. */
    private static final Duration REMAINS = Duration.ofSeconds(10);

    private final Server server;
    private final Listener listener;
    private final RestartPolicy policy = new RestartPolicy();
    private final CompletableFuture<Duration> stopRequested = new CompletableFuture<>();
    private final AtomicInteger restarts = new AtomicInteger();
    private final Descendants descendants = new Descendants();
    private final Thread thread;
    private volatile Server.@Nullable Running running;

    public SupervisedServer(Server server, Listener listener) {
        this.server = server;
        this.listener = listener;
        this.thread = Thread.ofPlatform().name("supervise-" + server.name()).unstarted(this::supervise);
    }

    /** Told what happens, on the thread of the server. */
    public interface Listener {
        /** A process was started or has gone. */
        void changed();

        /** The server died and will be started again after the pause. */
        void died(Server server, String why, Duration pause);

        /** The server died too often. */
        void givenUp(Server server, String why);
    }

    public Server server() {
        return server;
    }

    /** Starts that followed a death. */
    public int restarts() {
        return restarts.get();
    }

    /** The process, if one runs now. */
    public Optional<ProcessHandle> process() {
        return Optional.ofNullable(running).map(Server.Running::handle).filter(ProcessHandle::isAlive);
    }

    /** What the server's processes started and what may outlive them. */
    public Descendants descendants() {
        return descendants;
    }

    /** Starts the server and goes on to watch it. */
    public void start() {
        thread.start();
    }

    /** Whether the process runs and can answer. */
    public boolean isReady() {
        return process().isPresent() && server.readiness().isReady();
    }

    /** Stops the server for good: it is gone when this returns. */
    public void stop(Duration grace) {
        stopRequested.complete(grace);
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                // Leaving a process behind would be worse than being late.
                interrupted = true;
            }
        }
        descendants.killAll();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void supervise() {
        Optional<Duration> pause = Optional.of(Duration.ZERO);
        while (pause.isPresent() && !stoppedWithin(pause.get())) {
            Instant started = Instant.now();
            String why;
            try {
                why = run();
            } catch (RuntimeException | Error failure) {
                // Whatever went wrong, a server that nobody watches any more would be worse.
                why = rootCause(failure).toString();
            }
            if (!stopRequested.isDone()) {
                if (server.isOneWithChildren()) {
                    Processes.stop(descendants.alive(), REMAINS);
                }
                pause = policy.died(started, Instant.now());
                tell(pause, why);
            }
            listener.changed();
        }
    }

    private static Throwable rootCause(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private void tell(Optional<Duration> pause, String why) {
        if (pause.isPresent()) {
            restarts.incrementAndGet();
            listener.died(server, why, pause.get());
        } else {
            listener.givenUp(server, why);
        }
    }

    /** Runs the server until it ends or is to stop; answers how it ended. */
    private String run() {
        Server.Running now = server.start();
        running = now;
        listener.changed();
        CompletableFuture.anyOf(now.handle().onExit(), stopRequested).join();
        descendants.look(now.handle());
        now.stop(stopRequested.getNow(Duration.ZERO));
        return now.outcome();
    }

    private boolean stoppedWithin(Duration pause) {
        return stopRequested
                .thenApply(grace -> true)
                .completeOnTimeout(false, pause.toMillis(), TimeUnit.MILLISECONDS)
                .join();
    }
}
