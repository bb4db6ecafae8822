package io.modelmill.worker.process;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Ends the process while it may be training. An interface, so that a test can see an end without dying. */
public interface ProcessExit {
    /** Ends the process at once. Does not return. */
    void now(ExitCode code, String reason);

    /**
     * The real end. It goes through the C library's {@code _exit}, which stops every thread where it stands:
     * {@code exit}, which {@link Runtime#halt} ends in, runs libtorch's destructors under the feet of threads that still
     * train, and may crash or hang.
     */
    @SuppressWarnings("restricted") // The process runs with native access anyway, for libtorch.
    static ProcessExit ofThisProcess() {
        MethodHandle exit = Linker.nativeLinker()
                .downcallHandle(
                        Linker.nativeLinker().defaultLookup().findOrThrow("_exit"),
                        FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT));
        return (code, reason) -> {
            WorkerLog.write("exit %d (%s): %s", code.code(), code, reason);
            try {
                exit.invokeExact(code.code());
            } catch (Throwable e) {
                WorkerLog.writeFailure("_exit failed", e);
            }
            Runtime.getRuntime().halt(code.code());
        };
    }
}
