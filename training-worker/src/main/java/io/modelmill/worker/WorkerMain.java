package io.modelmill.worker;

import io.modelmill.worker.assignment.AccessToken;
import io.modelmill.worker.assignment.ArtifactClient;
import io.modelmill.worker.assignment.ServiceChannels;
import io.modelmill.worker.assignment.TrainingServiceClient;
import io.modelmill.worker.process.ExitCode;
import io.modelmill.worker.process.ProcessExit;
import io.modelmill.worker.process.WorkerLog;

/** Trains the one job that the environment names, and ends. See {@link ExitCode} for how. */
public final class WorkerMain {
    private WorkerMain() {}

    public static void main(String[] arguments) {
        WorkerLog.adoptLibraries();
        try {
            run(WorkerEnvironment.of(System.getenv()), ProcessExit.ofThisProcess());
            end(ExitCode.OUTCOME_REPORTED, "done");
        } catch (IllegalArgumentException e) {
            end(ExitCode.MISCONFIGURED, String.valueOf(e.getMessage()));
        } catch (Throwable e) {
            WorkerLog.writeFailure("the outcome could not be reported", e);
            end(ExitCode.OUTCOME_UNREPORTED, "training-service does not know the outcome");
        }
    }

    /** Ends in order, for nothing trains any more: what libraries want deleted at the end is. */
    private static void end(ExitCode code, String reason) {
        WorkerLog.write("exit %d (%s): %s", code.code(), code, reason);
        System.exit(code.code());
    }

    private static void run(WorkerEnvironment environment, ProcessExit exit) {
        WorkerLog.write("worker starts: %s", environment);
        var token = new AccessToken(environment.accessToken());
        var headers = token.headers(environment.traceParent());
        var training = new TrainingServiceClient(
                ServiceChannels.open(environment.trainingAddress()),
                headers,
                token,
                environment.job(),
                environment.fencingToken(),
                exit);
        var artifacts =
                new ArtifactClient(ServiceChannels.open(environment.registryAddress()), headers, environment.tenant());
        new TrainingAttempt(training, artifacts, environment.workDirectory()).run();
    }
}
