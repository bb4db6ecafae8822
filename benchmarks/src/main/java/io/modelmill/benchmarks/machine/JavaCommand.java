package io.modelmill.benchmarks.machine;

import io.modelmill.fleet.installation.Installation;
import java.util.ArrayList;
import java.util.List;

/** Commands that run a class of this program in a process of its own. */
public final class JavaCommand {
    private JavaCommand() {}

    /** The command that runs a main class with this program's class path. */
    public static List<String> of(Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Installation.java().toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                Installation.classPath(),
                main.getName()));
        command.addAll(List.of(arguments));
        return command;
    }
}
