package io.modelmill.training.run.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.modelmill.training.resource.Resources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkerGroupsTest {
    private static final Resources GRANTED = new Resources(3, 4L << 30, 0);

    @TempDir
    Path root;

    private final FakeKernel kernel = new FakeKernel();
    private Path own;

    @BeforeEach
    void mount() throws IOException {
        own = root.resolve("self");
        Files.writeString(own, "0::/fleet\n");
        Path group = Files.createDirectory(root.resolve("fleet"));
        Files.writeString(group.resolve("cgroup.controllers"), "cpuset cpu io memory pids\n");
        Files.writeString(group.resolve("cgroup.subtree_control"), "cpu memory\n");
    }

    @Test
    void keepsWorkerToWhatItWasGrantedUntilItEnds() throws IOException {
        WorkerGroups groups = find();
        assertThat(groups.absence()).isEmpty();
        groups.limit(4711, "7-1", GRANTED);
        Path group = root.resolve("fleet/modelmill-7-1");
        assertThat(group.resolve("memory.max")).hasContent("4294967296");
        assertThat(group.resolve("memory.oom.group")).hasContent("1");
        assertThat(group.resolve("cpu.max")).hasContent("300000 100000");
        assertThat(group.resolve("cgroup.procs")).hasContent("4711");
        assertThat(groups.ended("7-1")).isFalse();
        assertThat(group).doesNotExist();
        assertThat(groups.ended("7-1")).as("its end may be seen twice").isFalse();
    }

    @Test
    void tellsWorkerThatTheKernelKilledForItsMemory() throws IOException {
        WorkerGroups groups = find();
        groups.limit(4711, "7-1", GRANTED);
        Path events = root.resolve("fleet/modelmill-7-1/memory.events");
        Files.writeString(events, Files.readString(events).replace("oom_kill 0", "oom_kill 1"));
        assertThat(groups.ended("7-1")).isTrue();
        assertThat(root.resolve("fleet/modelmill-7-1")).doesNotExist();
    }

    /** Which the service was not there to see, being restarted. */
    @Test
    void findsGroupsOfAnEarlierLife() throws IOException {
        find().limit(4711, "7-1", GRANTED);
        assertThat(find().ended("7-1")).isFalse();
        assertThat(root.resolve("fleet/modelmill-7-1")).doesNotExist();
    }

    @Test
    void movesItselfAsideWhereTheGroupIsItsOwn() throws IOException {
        Files.writeString(root.resolve("fleet/cgroup.subtree_control"), "\n");
        assertThat(find().absence()).isEmpty();
        assertThat(root.resolve("fleet/cgroup.subtree_control")).hasContent("+cpu +memory");
        assertThat(root.resolve("fleet/service/cgroup.procs"))
                .hasContent(Long.toString(ProcessHandle.current().pid()));
    }

    @Test
    void staysWhereItIsWhenAnotherGroupIsConfigured() throws IOException {
        Files.writeString(root.resolve("fleet/cgroup.subtree_control"), "memory\n");
        WorkerGroups groups =
                WorkerGroups.find(Optional.of(root.resolve("fleet")), Path.of("/nowhere"), Path.of("/nowhere"), kernel);
        assertThat(groups.absence()).isEmpty();
        assertThat(root.resolve("fleet/cgroup.subtree_control")).hasContent("+cpu +memory");
        assertThat(root.resolve("fleet/service")).doesNotExist();
    }

    @Test
    void doesNothingWhereThereAreNone() throws IOException {
        assertThat(WorkerGroups.find(Optional.empty(), root, root.resolve("none"), kernel)
                        .absence())
                .contains("no control groups: " + root.resolve("none") + " does not exist");
        Files.writeString(own, "4:memory:/fleet\n");
        assertThat(find().absence()).contains("no control group of version 2 in " + own);
        Files.writeString(own, "0::/gone\n");
        WorkerGroups none = find();
        assertThat(none.absence()).contains("no control group of version 2: " + root.resolve("gone"));
        none.limit(4711, "7-1", GRANTED);
        assertThat(none.ended("7-1")).isFalse();
        Files.writeString(own, "0::/fleet\n");
        Files.writeString(root.resolve("fleet/cgroup.controllers"), "cpu pids\n");
        assertThat(find().absence())
                .contains(root.resolve("fleet/cgroup.controllers") + ": \"cpu pids\" (expected: cpu and memory)");
    }

    @Test
    void doesNothingWhereItMayMakeNone() {
        WorkerGroups.Folders refusing = new WorkerGroups.Folders() {
            @Override
            public void make(Path group) throws IOException {
                throw new IOException("Read-only file system");
            }

            @Override
            public void remove(Path group) {
                throw new IllegalStateException("nothing was made");
            }
        };
        assertThat(WorkerGroups.find(Optional.empty(), root, own, refusing).absence())
                .contains("no group can be made in " + root.resolve("fleet") + ": Read-only file system");
    }

    /** Where this machine has such groups, a process that takes more memory than it may is killed, and that is told. */
    @Test
    void realKernelKillsProcessThatTakesTooMuch() throws Exception {
        WorkerGroups groups = WorkerGroups.find(
                Optional.ofNullable(System.getenv("MODELMILL_TEST_CGROUP")).map(Path::of),
                Path.of("/sys/fs/cgroup"),
                Path.of("/proc/self/cgroup"),
                WorkerGroups.Folders.OF_KERNEL);
        groups.absence()
                .ifPresent(why ->
                        System.err.println("SKIPPED: no real control groups, so no real limit was tested: " + why));
        assumeTrue(groups.absence().isEmpty(), () -> groups.absence().orElseThrow());
        // Waits for a line, so that it takes memory only once it is limited.
        Process greedy = new ProcessBuilder("sh", "-c", "read line; tail /dev/zero").start();
        String name = "test-" + greedy.pid();
        groups.limit(greedy.pid(), name, new Resources(1, 32L << 20, 0));
        greedy.getOutputStream().write('\n');
        greedy.getOutputStream().close();
        assertThat(greedy.waitFor()).isNotZero();
        assertThat(groups.ended(name)).isTrue();
    }

    private WorkerGroups find() {
        return WorkerGroups.find(Optional.empty(), root, own, kernel);
    }
}
