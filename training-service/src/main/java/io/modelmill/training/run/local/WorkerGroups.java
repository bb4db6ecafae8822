package io.modelmill.training.run.local;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.modelmill.training.resource.Resources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Control groups (version 2), one for each worker, where this process may make them: the kernel then keeps workers to their
 * cores and memory. Where it may not, nothing here does anything, which is said once.
 */
final class WorkerGroups {
    private static final Logger LOG = Logger.getLogger(WorkerGroups.class);
    private static final List<String> CONTROLLERS = List.of("cpu", "memory");
    /** Microseconds; the kernel's own default. */
    private static final int CPU_PERIOD = 100_000;

    private final Optional<Path> parent;
    private final String absence;
    private final Folders folders;

    private WorkerGroups(Optional<Path> parent, String absence, Folders folders) {
        this.parent = parent;
        this.absence = absence;
        this.folders = folders;
    }

    /**
     * Groups below the configured one, or below the one that this process is in.
     *
     * @param root where the groups are mounted
     * @param own the file in which the kernel names the groups of this process
     */
    static WorkerGroups find(Optional<Path> configured, Path root, Path own, Folders folders) {
        WorkerGroups found;
        try {
            Path parent = configured.isPresent() ? configured.get() : ownGroup(root, own);
            requireControllers(parent);
            if (!hasControllers(parent.resolve("cgroup.subtree_control"))) {
                handOn(parent, configured.isEmpty(), folders);
            }
            tryOut(parent, folders);
            found = new WorkerGroups(Optional.of(parent), "", folders);
            LOG.infof("workers are kept to their cores and memory by groups in %s", parent);
        } catch (IOException absent) {
            found = new WorkerGroups(Optional.empty(), String.valueOf(absent.getMessage()), folders);
            LOG.infof("workers are not kept to their cores and memory: %s", absent.getMessage());
        }
        return found;
    }

    private static Path ownGroup(Path root, Path own) throws IOException {
        if (Files.notExists(own)) {
            throw new IOException("no control groups: " + own + " does not exist");
        }
        return Files.readAllLines(own).stream()
                .filter(line -> line.startsWith("0::/"))
                .findFirst()
                .map(line -> root.resolve(line.substring("0::/".length())))
                .orElseThrow(() -> new IOException("no control group of version 2 in " + own));
    }

    private static void requireControllers(Path group) throws IOException {
        Path controllers = group.resolve("cgroup.controllers");
        if (Files.notExists(controllers)) {
            throw new IOException("no control group of version 2: " + group);
        }
        if (!hasControllers(controllers)) {
            throw new IOException(
                    controllers + ": \"" + Files.readString(controllers).strip() + "\" (expected: cpu and memory)");
        }
    }

    private static boolean hasControllers(Path file) throws IOException {
        return Files.exists(file)
                && Arrays.asList(Files.readString(file).strip().split(" ")).containsAll(CONTROLLERS);
    }

    /** A group hands its controllers on only if no process is in itself, so this one moves down beside the workers. */
    private static void handOn(Path group, boolean isOwn, Folders folders) throws IOException {
        try {
            if (isOwn) {
                Path leaf = group.resolve("service");
                if (Files.notExists(leaf)) {
                    folders.make(leaf);
                }
                write(
                        leaf.resolve("cgroup.procs"),
                        Long.toString(ProcessHandle.current().pid()));
            }
            write(group.resolve("cgroup.subtree_control"), "+cpu +memory");
        } catch (IOException refused) {
            throw new IOException(group + " does not hand its controllers on: " + refused.getMessage(), refused);
        }
    }

    private static void tryOut(Path parent, Folders folders) throws IOException {
        Path probe = parent.resolve("modelmill-probe-" + ProcessHandle.current().pid());
        try {
            folders.make(probe);
            boolean limits = Files.exists(probe.resolve("memory.max")) && Files.exists(probe.resolve("cpu.max"));
            folders.remove(probe);
            if (!limits) {
                throw new IOException("it has neither memory.max nor cpu.max");
            }
        } catch (IOException refused) {
            throw new IOException("no group can be made in " + parent + ": " + refused.getMessage(), refused);
        }
    }

    /** Why there are none; empty if there are. */
    Optional<String> absence() {
        return parent.isEmpty() ? Optional.of(absence) : Optional.empty();
    }

    /** Keeps a process to what it was granted. A worker that cannot be kept runs all the same, and a warning says so. */
    void limit(long pid, String name, Resources granted) {
        group(name).ifPresent(group -> {
            try {
                folders.make(group);
                write(group.resolve("memory.max"), Long.toString(granted.memoryBytes()));
                // All of the worker or nothing: half a JVM helps nobody.
                write(group.resolve("memory.oom.group"), "1");
                write(group.resolve("cpu.max"), (long) granted.cores() * CPU_PERIOD + " " + CPU_PERIOD);
                write(group.resolve("cgroup.procs"), Long.toString(pid));
            } catch (IOException failure) {
                LOG.warnf("process %d is not kept to its cores and memory: %s", pid, failure);
            }
        });
    }

    /** Removes the group of a process that has ended, and tells whether the kernel killed it for its memory. */
    boolean ended(String name) {
        return group(name)
                .filter(Files::exists)
                .map(group -> {
                    boolean killed = false;
                    try {
                        killed = Files.readAllLines(group.resolve("memory.events")).stream()
                                .anyMatch(line -> line.matches("oom_kill [1-9][0-9]*"));
                        folders.remove(group);
                    } catch (IOException failure) {
                        LOG.warnf("group %s is left behind: %s", group, failure);
                    }
                    return killed;
                })
                .orElse(false);
    }

    private Optional<Path> group(String name) {
        return parent.map(path -> path.resolve("modelmill-" + name));
    }

    /** The kernel's files are there already and take a value at a time. */
    private static void write(Path file, String value) throws IOException {
        Files.write(file, value.getBytes(UTF_8));
    }

    /** Makes and removes groups. */
    interface Folders {
        /** As the kernel has it: a group is a folder, and comes and goes with its files. */
        Folders OF_KERNEL = new Folders() {
            @Override
            public void make(Path group) throws IOException {
                Files.createDirectory(group);
            }

            @Override
            public void remove(Path group) throws IOException {
                Files.delete(group);
            }
        };

        void make(Path group) throws IOException;

        void remove(Path group) throws IOException;
    }
}
