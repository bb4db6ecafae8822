package io.modelmill.inference.repository;

import io.modelmill.inference.model.Grant;
import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedModel;
import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.model.ServingSpec;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.model.VersionChoice;
import io.modelmill.inference.placement.ModelSource;
import io.opentelemetry.api.trace.SpanContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Models in a folder: {@code MODEL/VERSION/model.onnx}, with what belongs to the graph beside it. They are the tenant
 * {@value #TENANT}'s, callable by all, and served from where they lie. The folder is looked at now and then: a change is
 * taken once two looks in a row have seen the same, so that a file that is still being copied is left alone. A model's
 * highest version is its alias {@value VersionChoice#PRODUCTION}.
 */
public final class FolderRepository implements ModelSource {
    /** Owner of all models. */
    static final String TENANT = "local";

    private static final Logger LOG = Logger.getLogger(FolderRepository.class);

    private final Path directory;
    private final Duration pollInterval;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("model-repository").daemon().factory());
    /** Versions by number that were told, by the model's name. Used by one thread at a time, like all below. */
    private final Map<String, SortedMap<Long, Told>> told = new HashMap<>();

    private FolderScan last = new FolderScan(new TreeMap<>(), new TreeMap<>());
    private long changes;
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
        look(models, true);
        models.informed(directory.toString());
        var _ = clock.scheduleWithFixedDelay(
                () -> lookAgain(models), pollInterval.toMillis(), pollInterval.toMillis(), TimeUnit.MILLISECONDS);
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

    private void lookAgain(Listener models) {
        try {
            look(models, false);
        } catch (RuntimeException failure) {
            LOG.errorf(failure, "%s: not looked at, it goes on at the next turn", directory);
        }
    }

    /** @param first nothing is told yet, so all is taken as it is */
    private void look(Listener models, boolean first) {
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
        TreeSet<String> names = new TreeSet<>(told.keySet());
        names.addAll(scan.models().keySet());
        for (String name : names) {
            if (!scan.remarks().containsKey(directory.resolve(name))) {
                tell(name, scan, first ? scan : before, models);
            }
        }
    }

    private void tell(String name, FolderScan scan, FolderScan before, Listener models) {
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
        if (now.equals(known)) {
            return;
        }
        ModelKey key = new ModelKey(TENANT, name);
        if (now.isEmpty()) {
            told.remove(name);
            models.remove(key);
            return;
        }
        told.put(name, now);
        changes++;
        models.apply(
                ServedModel.of(
                        key,
                        changes,
                        new Grant.Everyone(),
                        now.entrySet().stream()
                                .map(entry -> entry.getValue().served(entry.getKey()))
                                .toList(),
                        Map.of(VersionChoice.PRODUCTION, now.lastKey())),
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
