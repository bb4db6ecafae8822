package io.modelmill.benchmarks.echo;

import io.modelmill.benchmarks.load.LoadChannel;
import io.modelmill.benchmarks.machine.ChildProcess;
import io.modelmill.benchmarks.machine.JavaCommand;
import io.modelmill.benchmarks.machine.LoopbackPort;
import io.modelmill.benchmarks.machine.ProcessUsage;
import io.modelmill.benchmarks.machine.Processors;
import io.modelmill.benchmarks.machine.Workspace;

/** An {@link EchoServer} in a process of its own on the server's processor, idle between calls. */
public final class EchoProcess {
    private final ChildProcess process;
    private final LoadChannel connection;

    private EchoProcess(ChildProcess process, LoadChannel connection) {
        this.process = process;
        this.connection = connection;
    }

    /** Starts it; it ends with the workspace. */
    public static EchoProcess start(Workspace workspace, Processors processors) {
        ChildProcess process = workspace.keep(ChildProcess.talking(
                "the echo server",
                processors.onServer(JavaCommand.of(EchoMain.class)),
                workspace.folder().resolve("echo.log")));
        int port = Integer.parseInt(process.hear());
        return new EchoProcess(process, workspace.keep(LoadChannel.open(LoopbackPort.HOST, port)));
    }

    /** The connection to it. */
    public LoadChannel connection() {
        return connection;
    }

    /** What it uses. */
    public ProcessUsage usage() {
        return process.usage();
    }
}
