package io.modelmill.benchmarks.faults;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.modelmill.benchmarks.faults.WorkerLedger.Call;
import io.modelmill.proto.registry.v1.FileKind;
import io.modelmill.proto.registry.v1.ModelFile;
import io.modelmill.proto.training.worker.v1.Assignment;
import io.modelmill.proto.training.worker.v1.AttemptRef;
import io.modelmill.proto.training.worker.v1.Cancelled;
import io.modelmill.proto.training.worker.v1.Failure;
import io.modelmill.proto.training.worker.v1.GetAssignmentRequest;
import io.modelmill.proto.training.worker.v1.Lease;
import io.modelmill.proto.training.worker.v1.RenewLeaseRequest;
import io.modelmill.proto.training.worker.v1.ReportCheckpointRequest;
import io.modelmill.proto.training.worker.v1.ReportOutcomeRequest;
import io.modelmill.proto.training.worker.v1.ReportProgressRequest;
import io.modelmill.proto.training.worker.v1.Trained;
import io.modelmill.proto.training.worker.v1.WorkerServiceGrpc;
import io.modelmill.proto.training.worker.v1.Yielded;
import io.modelmill.worker.WorkerMain;
import io.modelmill.worker.assignment.ArtifactClient;
import io.modelmill.worker.assignment.ServiceChannels;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * The campaign's worker: the real one for jobs that say so, else a small one that speaks the same protocol, does what the seed of
 * its job says ({@link Behaviour}) and notes every call with its answer.
 */
public final class FaultWorkerMain {
    private static final Duration CALL = Duration.ofSeconds(3);
    private static final Duration PAUSE = Duration.ofMillis(200);
    private static final Duration PAST_THE_LEASE = Duration.ofMillis(700);
    private static final int EPOCHS = 3;
    private static final int LONG_EPOCHS = 24;
    private static final int STEPS_OF_AN_EPOCH = 1;
    private static final int DEATH = 137;

    private final AttemptRef attempt;
    private final ManagedChannel channel;
    private final WorkerServiceGrpc.WorkerServiceBlockingStub service;
    private final ArtifactClient artifacts;
    private final WorkerLedger ledger;
    private final Path model;
    private volatile String token;
    private volatile Instant leaseEnd = Instant.MAX;
    private volatile boolean cancelled;
    private volatile boolean yielding;

    private FaultWorkerMain(AttemptRef attempt, String token, Path folder) {
        this.attempt = attempt;
        this.token = token;
        this.channel = ServiceChannels.open(System.getenv("MODELMILL_TRAINING_ADDRESS"));
        this.service = WorkerServiceGrpc.newBlockingStub(channel).withInterceptors(credential());
        String job = attempt.getJob();
        this.artifacts = new ArtifactClient(
                ServiceChannels.open(System.getenv("MODELMILL_REGISTRY_ADDRESS")),
                credential(),
                job.substring(0, job.indexOf('/', job.indexOf('/') + 1)));
        this.ledger = new WorkerLedger(folder, job, attempt.getFencingToken());
        this.model = model(folder);
    }

    public static void main(String[] arguments) {
        String job = System.getenv("MODELMILL_JOB");
        if (job.substring(job.lastIndexOf('/') + 1).startsWith(Submission.REAL)) {
            WorkerMain.main(arguments);
            return;
        }
        AttemptRef attempt = AttemptRef.newBuilder()
                .setJob(job)
                .setFencingToken(Long.parseLong(System.getenv("MODELMILL_FENCING_TOKEN")))
                .build();
        try {
            new FaultWorkerMain(
                            attempt,
                            System.getenv("MODELMILL_ACCESS_TOKEN"),
                            Path.of(System.getProperty(WorkerLedger.PROPERTY)))
                    .run();
        } catch (LostException over) {
            System.out.println("over: " + over.getMessage());
        } catch (IOException | RuntimeException failure) {
            failure.printStackTrace(System.out);
            Runtime.getRuntime().halt(1);
        }
        // Without waiting for channels: all that had to be told was told.
        Runtime.getRuntime().halt(0);
    }

    /** The graph that every small job makes. */
    static Path model(Path ledger) {
        return ledger.resolveSibling("model.onnx");
    }

    private void run() throws IOException {
        note(Call.START, Instant.now(), Status.Code.OK);
        Assignment assignment = untilLost(
                Call.ASSIGNMENT,
                () -> stub().getAssignment(GetAssignmentRequest.newBuilder()
                        .setAttempt(attempt)
                        .build()));
        take(assignment.getLease());
        boolean first = attempt.getFencingToken() == 1;
        switch (Behaviour.of(assignment.getSpec().getSeed())) {
            case TRAIN -> train(EPOCHS);
            case TRAIN_LONG -> train(LONG_EPOCHS);
            case TENANT_FAULT -> fail(Failure.Cause.CAUSE_JOB);
            case PLATFORM_FAULT -> {
                if (first) {
                    fail(Failure.Cause.CAUSE_PLATFORM);
                } else {
                    train(EPOCHS);
                }
            }
            case DIE -> {
                if (first) {
                    progress(1, EPOCHS);
                    Runtime.getRuntime().halt(DEATH);
                }
                train(EPOCHS);
            }
            case SILENT -> {
                if (first) {
                    goOnWithoutLease();
                } else {
                    train(EPOCHS);
                }
            }
        }
    }

    private void train(int epochs) throws IOException {
        Thread.ofPlatform().daemon().name("renewal").start(this::renewForEver);
        for (int epoch = 1; epoch <= epochs; epoch++) {
            int done = epoch;
            untilLost(Call.PROGRESS, () -> progressOnce(done, epochs));
            boolean goes = yielding;
            if (epoch == epochs / 2 || goes) {
                String kept = artifacts.upload(("checkpoint of " + attempt).getBytes(StandardCharsets.UTF_8));
                untilLost(Call.CHECKPOINT, () -> checkpointOnce(kept, done));
            }
            if (cancelled) {
                ReportOutcomeRequest.Builder outcome =
                        ReportOutcomeRequest.newBuilder().setCancelled(Cancelled.getDefaultInstance());
                untilLost(Call.CANCELLED, () -> report(outcome));
                return;
            }
            if (goes) {
                ReportOutcomeRequest.Builder outcome =
                        ReportOutcomeRequest.newBuilder().setYielded(Yielded.getDefaultInstance());
                untilLost(Call.YIELDED, () -> report(outcome));
                return;
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
        ReportOutcomeRequest.Builder trained = trained();
        untilLost(Call.TRAINED, () -> report(trained));
    }

    private ReportOutcomeRequest.Builder trained() throws IOException {
        byte[] bytes = graph();
        return trained(artifacts.upload(bytes), bytes.length);
    }

    private static ReportOutcomeRequest.Builder trained(String digest, long size) {
        return ReportOutcomeRequest.newBuilder()
                .setTrained(Trained.newBuilder()
                        .addFiles(ModelFile.newBuilder()
                                .setPath("model.onnx")
                                .setKind(FileKind.FILE_KIND_ONNX_MODEL)
                                .setSha256(digest)
                                .setSizeBytes(size))
                        .putMetrics("test_accuracy", 0.5));
    }

    /** The same graph with a documentation string of its own, so that each job has bytes to upload. */
    private byte[] graph() throws IOException {
        byte[] text = attempt.getJob().getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream graph = new ByteArrayOutputStream();
        graph.write(Files.readAllBytes(model));
        // Field 6 of ModelProto, a string; names of jobs are shorter than 256 bytes.
        graph.write((6 << 3) | 2);
        if (text.length >= 0x80) {
            graph.write((text.length & 0x7f) | 0x80);
            graph.write(text.length >> 7);
        } else {
            graph.write(text.length);
        }
        graph.write(text);
        return graph.toByteArray();
    }

    private void fail(Failure.Cause cause) {
        untilLost(
                Call.FAILED,
                () -> report(ReportOutcomeRequest.newBuilder()
                        .setFailure(Failure.newBuilder().setCause(cause).setMessage("as the campaign wants it"))));
    }

    /** Everything that a worker may write, each once, when it may not any more. */
    private void goOnWithoutLease() throws IOException {
        progress(1, EPOCHS);
        byte[] bytes = graph();
        String digest = HexFormat.of().formatHex(sha256(bytes));
        LockSupport.parkNanos(
                Duration.between(Instant.now(), leaseEnd).plus(PAST_THE_LEASE).toNanos());
        once(Call.PROGRESS, () -> progressOnce(EPOCHS, EPOCHS));
        once(Call.CHECKPOINT, () -> checkpointOnce(digest, 1));
        once(Call.RENEWAL, this::renewOnce);
        once(Call.TRAINED, () -> report(trained(digest, bytes.length)));
    }

    private void renewForEver() {
        while (true) {
            Duration rest = Duration.between(Instant.now(), leaseEnd);
            if (!rest.isPositive()) {
                System.out.println("the lease ended before it could be renewed");
                Runtime.getRuntime().halt(2);
            }
            LockSupport.parkNanos(rest.dividedBy(3).toNanos());
            try {
                call(Call.RENEWAL, () -> {
                    take(renewOnce());
                    return true;
                });
            } catch (LostException over) {
                Runtime.getRuntime().halt(0);
            } catch (StatusRuntimeException away) {
                System.out.println("not renewed: " + away.getStatus());
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
    }

    private Lease renewOnce() {
        return stub().renewLease(
                        RenewLeaseRequest.newBuilder().setAttempt(attempt).build());
    }

    private void take(Lease lease) {
        token = lease.getAccessToken();
        cancelled |= lease.getCancelRequested();
        yielding |= lease.getYieldRequested();
        leaseEnd = Instant.ofEpochSecond(
                lease.getExpireTime().getSeconds(), lease.getExpireTime().getNanos());
    }

    private void progress(int epoch, int epochs) {
        untilLost(Call.PROGRESS, () -> progressOnce(epoch, epochs));
    }

    private boolean progressOnce(int epoch, int epochs) {
        ReportProgressRequest.Builder request =
                ReportProgressRequest.newBuilder().setAttempt(attempt);
        request.addProgressBuilder()
                .setEpoch(epoch)
                .setEpochs(epochs)
                .setStep((long) epoch * STEPS_OF_AN_EPOCH)
                .setSteps((long) epochs * STEPS_OF_AN_EPOCH)
                .putMetrics("loss", 1.0 / epoch);
        return stub().reportProgress(request.build()).isInitialized();
    }

    private boolean checkpointOnce(String digest, int epoch) {
        ReportCheckpointRequest.Builder request =
                ReportCheckpointRequest.newBuilder().setAttempt(attempt);
        request.getCheckpointBuilder()
                .setSha256(digest)
                .setSizeBytes(1)
                .setEpoch(epoch)
                .setStep((long) epoch * STEPS_OF_AN_EPOCH);
        return stub().reportCheckpoint(request.build()).isInitialized();
    }

    private boolean report(ReportOutcomeRequest.Builder outcome) {
        return stub().reportOutcome(outcome.setAttempt(attempt).build()).isInitialized();
    }

    /** Tries until it is answered, the attempt is over, or its lease is. */
    private <T> T untilLost(Call call, Supplier<T> work) {
        while (true) {
            try {
                return call(call, work);
            } catch (StatusRuntimeException away) {
                System.out.println(call + ": " + away.getStatus());
                if (!Instant.now().isBefore(leaseEnd)) {
                    throw new LostException("the lease has ended: " + away.getStatus());
                }
                channel.resetConnectBackoff();
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
    }

    private <T> void once(Call call, Supplier<T> work) {
        try {
            call(call, work);
        } catch (LostException | StatusRuntimeException refused) {
            System.out.println(call + ": " + refused.getMessage());
        }
    }

    private <T> T call(Call call, Supplier<T> work) {
        Instant begin = Instant.now();
        try {
            T answer = work.get();
            note(call, begin, Status.Code.OK);
            return answer;
        } catch (StatusRuntimeException failure) {
            Status.Code code = failure.getStatus().getCode();
            note(call, begin, code);
            if (isFinal(code)) {
                throw new LostException(String.valueOf(failure.getMessage()));
            }
            throw failure;
        }
    }

    private static boolean isFinal(Status.Code code) {
        return switch (code) {
            case ABORTED, INVALID_ARGUMENT, NOT_FOUND, FAILED_PRECONDITION, UNAUTHENTICATED, PERMISSION_DENIED -> true;
            default -> false;
        };
    }

    private void note(Call call, Instant begin, Status.Code code) {
        ledger.note(new WorkerLedger.Entry(
                attempt.getJob(),
                attempt.getFencingToken(),
                ProcessHandle.current().pid(),
                call,
                begin,
                code.name()));
    }

    private WorkerServiceGrpc.WorkerServiceBlockingStub stub() {
        return service.withWaitForReady().withDeadlineAfter(CALL.toMillis(), TimeUnit.MILLISECONDS);
    }

    private ClientInterceptor credential() {
        return new ClientInterceptor() {
            @Override
            public <Q, A> io.grpc.ClientCall<Q, A> interceptCall(
                    io.grpc.MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
                Metadata headers = new Metadata();
                headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
                return MetadataUtils.newAttachHeadersInterceptor(headers).interceptCall(method, options, next);
            }
        };
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** The attempt is over, or this worker must think so. */
    private static final class LostException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        LostException(String message) {
            super(message);
        }
    }
}
