package io.modelmill.inference.repository;

import io.modelmill.inference.model.Grant;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedModel;
import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.model.ServingSpec;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.model.VersionChoice;
import io.modelmill.inference.model.Withdrawal;
import io.modelmill.inference.placement.ModelSource;
import io.opentelemetry.api.trace.SpanContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Models in a folder: {@code MODEL/VERSION/model.onnx}, with what belongs to the graph beside it. They are the tenant
 * {@value #TENANT}'s, callable by all, and served from where they lie. The folder is looked at now and then: a change is
 * taken once two looks in a row have seen the same, so that a file that is still being copied is left alone. A model's
 * highest version is its alias {@value VersionChoice#PRODUCTION}. A model that a caller unloads stays unloaded, whatever
 * becomes of its folder, until a caller loads it or this process ends.
 */
public final class FolderRepository implements ModelSource {
    /** Owner of all models. */
    static final String TENANT = "local";

    private static final Logger LOG = Logger.getLogger(FolderRepository.class);
    private static final Withdrawal UNLOADED = new Withdrawal(
            InferenceReason.VERSION_WITHDRAWN,
            "withdrawn by RepositoryModelUnload (expected: RepositoryModelLoad, which brings it back)");

    private final Path directory;
    private final Duration pollInterval;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("model-repository").daemon().factory());
    /** Guards what was told; never held for a look at the folder, which may take long. */
    private final ReentrantLock telling = new ReentrantLock();
    /** Versions by number that were told, by the model's name. */
    private final Map<String, SortedMap<Long, Told>> told = new HashMap<>();
    /** Names of models that a caller unloaded. They stay so when their folder changes or goes away for a while. */
    private final Set<String> withdrawn = new HashSet<>();

    private long changes;
    private @Nullable Listener listener;
    /** Used by one thread at a time, like all below. */
    private FolderScan last = new FolderScan(new TreeMap<>(), new TreeMap<>());

    private boolean unreadable;

    /** @param pollInterval between two looks at the folder */
    public FolderRepository(Path directory, Duration pollInterval) {
        this.directory = directory.toAbsolutePath().normalize();
        this.pollInterval = pollInterval;
    }

    /**
     * Looks whether the folder holds a model at all.
     *
     * @throws IllegalStateException if it does not, with what would have been right
     */
    public static void requireModels(Path directory) {
        if (!Files.isDirectory(directory)) {
            throw new IllegalStateException("model repository " + directory + ": "
                    + (Files.exists(directory) ? "not a folder" : "not there")
                    + " (expected: a folder with MODEL/VERSION/" + FolderScan.GRAPH + ")");
        }
        try {
            FolderScan scan = FolderScan.of(directory);
            if (scan.models().isEmpty()) {
                StringBuilder message = new StringBuilder("model repository " + directory
                        + ": no model in it (expected: MODEL/VERSION/" + FolderScan.GRAPH + ")");
                scan.remarks()
                        .forEach((path, remark) -> message.append("\n  ")
                                .append(directory.relativize(path))
                                .append(": ")
                                .append(remark));
                throw new IllegalStateException(message.toString());
            }
        } catch (IOException e) {
            throw new IllegalStateException("model repository " + directory + ": cannot be read: " + e, e);
        }
    }

    @Override
    public void start(Listener models) {
        requireModels(directory);
        telling.lock();
        try {
            listener = models;
        } finally {
            telling.unlock();
        }
        look(true);
        models.informed(directory.toString());
        var _ = clock.scheduleWithFixedDelay(
                this::lookAgain, pollInterval.toMillis(), pollInterval.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public Path bring(ModelKey model, ServedVersion version) {
        return directory.resolve(model.model()).resolve(Long.toString(version.number()));
    }

    @Override
    public Optional<String> owner() {
        return Optional.of(TENANT);
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }

    @Override
    public void withdraw(ModelKey model) {
        telling.lock();
        try {
            if (withdrawn.add(model.model())) {
                LOG.infof("%s: unloaded at a caller's word", model.resourceName());
                tell(model.model());
            }
        } finally {
            telling.unlock();
        }
    }

    @Override
    public void restore(ModelKey model) {
        telling.lock();
        try {
            if (withdrawn.remove(model.model())) {
                LOG.infof("%s: back at a caller's word", model.resourceName());
                tell(model.model());
            }
        } finally {
            telling.unlock();
        }
    }

    private void lookAgain() {
        try {
            look(false);
        } catch (RuntimeException failure) {
            LOG.errorf(failure, "%s: not looked at, it goes on at the next turn", directory);
        }
    }

    /** @param first nothing is told yet, so all is taken as it is */
    private void look(boolean first) {
        FolderScan scan;
        try {
            scan = FolderScan.of(directory);
            unreadable = false;
        } catch (IOException e) {
            // A folder that is away for a while, such as one of another machine, is no order to unload everything.
            LOG.logf(
                    unreadable ? Logger.Level.DEBUG : Logger.Level.WARN,
                    "%s: cannot be read, what is loaded goes on answering: %s",
                    directory,
                    e);
            unreadable = true;
            return;
        }
        FolderScan before = last;
        last = scan;
        scan.remarks().forEach((path, remark) -> {
            if (!remark.equals(before.remarks().get(path))) {
                LOG.warnf("%s: %s", path, remark);
            }
        });
        telling.lock();
        try {
            TreeSet<String> names = new TreeSet<>(told.keySet());
            names.addAll(scan.models().keySet());
            for (String name : names) {
                if (!scan.remarks().containsKey(directory.resolve(name))) {
                    take(name, scan, first ? scan : before);
                }
            }
        } finally {
            telling.unlock();
        }
    }

    private void take(String name, FolderScan scan, FolderScan before) {
        SortedMap<Long, Told> known = told.getOrDefault(name, new TreeMap<>());
        SortedMap<Long, Told> now = new TreeMap<>();
        scan.models().getOrDefault(name, new TreeMap<>()).forEach((number, version) -> {
            Told was = known.get(number);
            boolean settled =
                    before.version(name, number).filter(version::equals).isPresent();
            if (was != null && (!settled || was.version().equals(version))) {
                now.put(number, was);
            } else if (settled) {
                changes++;
                now.put(number, new Told(version, changes));
            }
        });
        if (!now.equals(known)) {
            told.put(name, now);
            tell(name);
        }
    }

    /** Tells the model as it is now. */
    private void tell(String name) {
        Listener models = listener;
        SortedMap<Long, Told> versions = told.getOrDefault(name, new TreeMap<>());
        if (models == null) {
            return;
        }
        ModelKey key = new ModelKey(TENANT, name);
        if (versions.isEmpty()) {
            told.remove(name);
            models.remove(key);
            return;
        }
        changes++;
        ServedModel model = ServedModel.of(
                key,
                changes,
                new Grant.Everyone(),
                versions.entrySet().stream()
                        .map(entry -> entry.getValue().served(entry.getKey()))
                        .toList(),
                Map.of(VersionChoice.PRODUCTION, versions.lastKey()));
        models.apply(
                withdrawn.contains(name)
                        ? model.withdrawing(versions.keySet().stream()
                                .collect(Collectors.toMap(Function.identity(), n -> UNLOADED)))
                        : model,
                SpanContext.getInvalid());
    }

    /** @param generation of the version's files, from 1 */
    private record Told(FolderScan.Version version, long generation) {
        ServedVersion served(long number) {
            return new ServedVersion(
                    number, version.files(), Signature.UNREAD, List.of(), ServingSpec.DEFAULT, generation);
        }
    }
}
