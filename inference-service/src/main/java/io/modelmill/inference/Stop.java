package io.modelmill.inference;

import io.quarkus.runtime.ApplicationLifecycleManager;
import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.Quarkus;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import sun.misc.Signal;

/**
 * Ends the application in order when the process is told to stop: first the application, on its main thread, then the
 * JVM with its shutdown hooks. Left to themselves the hooks run beside each other, and the one of ONNX Runtime takes away
 * the environment that runs and loads are still using, which ends the process with a SIGSEGV.
 */
final class Stop {
    private static final List<String> SIGNALS = List.of("TERM", "INT");
    /** What a shell adds to a signal's number. */
    private static final int KILLED = 128;

    private final AtomicBoolean asked = new AtomicBoolean();

    private Stop() {}

    static void onSignals() {
        Stop stop = new Stop();
        SIGNALS.forEach(name -> Signal.handle(new Signal(name), stop::on));
    }

    /** A second signal, or one without an application that could be stopped, ends the process as if there were no handler. */
    private void on(Signal signal) {
        int code = KILLED + signal.getNumber();
        if (ApplicationLifecycleManager.getCurrentApplication() == null
                || LaunchMode.current() != LaunchMode.NORMAL
                || asked.getAndSet(true)) {
            System.exit(code);
        }
        Quarkus.asyncExit(code);
    }
}
