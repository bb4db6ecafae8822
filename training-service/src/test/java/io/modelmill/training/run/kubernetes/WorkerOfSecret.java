package io.modelmill.training.run.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.Secret;
import io.modelmill.proto.registry.v1.FileKind;
import io.modelmill.proto.registry.v1.ModelFile;
import io.modelmill.proto.training.worker.v1.AttemptRef;
import io.modelmill.proto.training.worker.v1.GetAssignmentRequest;
import io.modelmill.proto.training.worker.v1.ReportOutcomeRequest;
import io.modelmill.proto.training.worker.v1.Trained;
import io.modelmill.proto.training.worker.v1.WorkerServiceGrpc;
import io.modelmill.servicekit.fixture.TestCallers;
import java.util.Base64;

/** A worker that has its token from the Secret that its Job names. */
final class WorkerOfSecret {
    private final WorkerServiceGrpc.WorkerServiceBlockingStub service;
    private final AttemptRef attempt;

    WorkerOfSecret(TestCallers callers, Secret secret) {
        String token = new String(Base64.getDecoder().decode(secret.getData().get("access-token")), UTF_8);
        this.service = WorkerServiceGrpc.newBlockingStub(callers.withToken(token));
        this.attempt = AttemptRef.newBuilder()
                .setJob(secret.getMetadata().getAnnotations().get("modelmill.io/training-job"))
                .setFencingToken(Long.parseLong(secret.getMetadata().getLabels().get("modelmill.io/attempt")))
                .build();
    }

    void begin() {
        var _ = service.getAssignment(
                GetAssignmentRequest.newBuilder().setAttempt(attempt).build());
    }

    void train() {
        var _ = service.reportOutcome(ReportOutcomeRequest.newBuilder()
                .setAttempt(attempt)
                .setTrained(Trained.newBuilder()
                        .addFiles(ModelFile.newBuilder()
                                .setPath("model.onnx")
                                .setKind(FileKind.FILE_KIND_ONNX_MODEL)
                                .setSha256("a".repeat(64))))
                .build());
    }
}
