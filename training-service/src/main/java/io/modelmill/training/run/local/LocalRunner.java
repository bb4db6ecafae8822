package io.modelmill.training.run.local;

import io.modelmill.training.job.Attempt;
import io.modelmill.training.job.Attempt.WorkerProcess;
import io.modelmill.training.job.Happening;
import io.modelmill.training.job.Job;
import io.modelmill.training.job.JobLife;
import io.modelmill.training.job.JobName;
import io.modelmill.training.job.PostgresAttempts;
import io.modelmill.training.resource.Resources;
import io.modelmill.training.resource.Room;
import io.modelmill.training.run.Runner;
import io.modelmill.training.run.WorkerEnd;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Runs workers as child processes. A worker outlives a service that is killed: the restarted service, at the same address,
 * finds it by process id and start time and it goes on. A service that shuts down in order ends its workers and hands their
 * jobs back.
 */
@ApplicationScoped
@Identifier("local")
public class LocalRunner implements Runner {
    private static final Logger LOG = Logger.getLogger(LocalRunner.class);
    /** The start of a process is read in ticks of the kernel. */
    private static final Duration START_TOLERANCE = Duration.ofMillis(500);

    private static final Duration STOP_GRACE = Duration.ofSeconds(3);

    private final LocalRunnerConfig config;
    private final WorkerCommand command;
    private final JobLife life;
    private final PostgresAttempts attempts;
    private final Resources capacity;
    private final WorkerGroups groups;
    private final Map<Key, Worker> workers = new ConcurrentHashMap<>();
    private volatile Runnable onRoom = () -> {};

    /** Keeps attempts in the database of the store. */
    public LocalRunner(LocalRunnerConfig config, WorkerCommand command, JobLife life, PostgresAttempts attempts) {
        this.config = config;
        this.command = command;
        this.life = life;
        this.attempts = attempts;
        this.capacity = Machine.capacity(config);
        this.groups = WorkerGroups.find(
                config.cgroup(),
                Path.of("/sys/fs/cgroup"),
                Path.of("/proc/self/cgroup"),
                WorkerGroups.Folders.OF_KERNEL);
    }

    @Override
    public String id() {
        return "local:" + hostName() + ":" + config.workDirectory().toAbsolutePath();
    }

    @Override
    public Room room() {
        List<Worker> running = List.copyOf(workers.values());
        Resources taken = running.stream().map(Worker::granted).reduce(Resources.NONE, Resources::plus);
        int most = config.maxWorkers().orElse(Integer.MAX_VALUE);
        return new Room(Math.max(0, most - running.size()), capacity, capacity.minus(taken));
    }

    @Override
    public void onRoom(Runnable freed) {
        onRoom = freed;
    }

    @Override
    public void start(Job job, Optional<String> traceparent) throws IOException {
        Resources granted = room().grant(job.resourceClass().resources());
        Process process = command.prepare(job, granted, traceparent).start();
        Key key = new Key(job.name(), job.key(), job.attempt());
        groups.limit(process.pid(), key.group(), granted);
        process.getOutputStream().close();
        workers.put(key, new Worker(process.toHandle(), granted));
        whenEnded(process, key);
        process.toHandle()
                .info()
                .startInstant()
                .ifPresent(start ->
                        attempts.processStarted(key.jobKey(), key.attempt(), new WorkerProcess(process.pid(), start)));
        LOG.infof("%s: attempt %d is process %d", job.name(), job.attempt(), process.pid());
    }

    @SuppressWarnings("FutureReturnValueIgnored") // Ended logs its own failures.
    private void whenEnded(Process process, Key key) {
        process.onExit()
                .thenAcceptAsync(
                        done -> ended(key, WorkerEnd.exited(done.exitValue())),
                        task -> Thread.ofVirtual().name("worker-ended").start(task));
    }

    @SuppressWarnings("FutureReturnValueIgnored") // Ended logs its own failures.
    private void adopt(ProcessHandle process, Key key, Resources resources) {
        LOG.infof("%s: attempt %d goes on as process %d", key.job(), key.attempt(), process.pid());
        workers.put(key, new Worker(process, room().grant(resources)));
        process.onExit()
                .thenAcceptAsync(
                        done -> ended(key, WorkerEnd.lost("the worker ended")),
                        task -> Thread.ofVirtual().name("worker-ended").start(task));
    }

    private void ended(Key key, Happening seen) {
        workers.remove(key);
        Happening end = groups.ended(key.group()) ? WorkerEnd.outOfMemory() : seen;
        LOG.infof("%s: attempt %d: %s; log in %s", key.job(), key.attempt(), end.reason(), folder(key));
        try {
            life.happen(key.job(), key.attempt(), end);
            attempts.processEnded(key.jobKey(), key.attempt());
            deleteScratch(key);
        } catch (RuntimeException | IOException failure) {
            // The database is away, perhaps: reconcile finds the dead process again, and the lease ends.
            LOG.warnf("%s: the end of attempt %d could not be noted: %s", key.job(), key.attempt(), failure);
        }
        onRoom.run();
    }

    @Override
    public void reconcile() {
        for (Attempt attempt : attempts.withProcess(id())) {
            Key key = new Key(attempt.job(), attempt.jobKey(), attempt.number());
            Optional<ProcessHandle> process = attempt.process().flatMap(LocalRunner::alive);
            if (process.isEmpty()) {
                if (!workers.containsKey(key)) {
                    ended(key, WorkerEnd.lost("the worker's process is gone"));
                }
                continue;
            }
            if (!workers.containsKey(key)) {
                adopt(process.get(), key, attempt.resources());
            }
            boolean overdue = attempt.endTime()
                    .filter(end -> end.plus(config.exitGrace()).isBefore(Instant.now()))
                    .isPresent();
            if (overdue) {
                LOG.infof(
                        "%s: attempt %d is over, killing process %d",
                        key.job(), key.attempt(), process.get().pid());
                process.get().destroyForcibly();
            }
        }
    }

    @Override
    public void stop() {
        List<Map.Entry<Key, Worker>> running = List.copyOf(workers.entrySet());
        for (Map.Entry<Key, Worker> worker : running) {
            Key key = worker.getKey();
            try {
                life.happen(key.job(), key.attempt(), WorkerEnd.displaced("training-service shut down"));
            } catch (RuntimeException failure) {
                LOG.warnf("%s: attempt %d could not be handed back: %s", key.job(), key.attempt(), failure);
            }
            worker.getValue().process().destroy();
        }
        for (Map.Entry<Key, Worker> worker : running) {
            killAfterGrace(worker.getValue().process());
        }
    }

    private static void killAfterGrace(ProcessHandle process) {
        try {
            process.onExit().get(STOP_GRACE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            process.destroyForcibly();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the end of process " + process.pid() + " cannot be seen", e);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /** The process, if it lives and is truly that one. */
    private static Optional<ProcessHandle> alive(WorkerProcess process) {
        return ProcessHandle.of(process.pid())
                .filter(ProcessHandle::isAlive)
                .filter(handle -> handle.info()
                        .startInstant()
                        .filter(start -> Duration.between(start, process.startTime())
                                        .abs()
                                        .compareTo(START_TOLERANCE)
                                <= 0)
                        .isPresent());
    }

    private void deleteScratch(Key key) throws IOException {
        Path scratch = WorkerCommand.scratch(folder(key));
        if (Files.notExists(scratch)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(scratch)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    private Path folder(Key key) {
        return command.folder(key.job(), key.attempt());
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (IOException e) {
            return "localhost";
        }
    }

    private record Key(JobName job, long jobKey, int attempt) {
        String group() {
            return jobKey + "-" + attempt;
        }
    }

    /** What runs, and what it may use. */
    private record Worker(ProcessHandle process, Resources granted) {}
}
