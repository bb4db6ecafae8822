package io.modelmill.training.run.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Groups that come with the kernel's files and go with them. */
final class FakeKernel implements WorkerGroups.Folders {
    @Override
    public void make(Path group) throws IOException {
        Files.createDirectory(group);
        for (String file : new String[] {"memory.max", "memory.oom.group", "cpu.max", "cgroup.procs"}) {
            Files.writeString(group.resolve(file), "");
        }
        Files.writeString(
                group.resolve("memory.events"), "low 0\nhigh 0\nmax 3\noom 0\noom_kill 0\noom_group_kill 0\n");
    }

    @Override
    public void remove(Path group) throws IOException {
        try (Stream<Path> files = Files.list(group)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(group);
    }
}
