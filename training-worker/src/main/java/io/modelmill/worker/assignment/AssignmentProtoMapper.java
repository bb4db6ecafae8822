package io.modelmill.worker.assignment;

import io.modelmill.proto.registry.v1.FileKind;
import io.modelmill.proto.registry.v1.ModelFile;
import io.modelmill.proto.training.v1.DataSpec;
import io.modelmill.proto.training.v1.Optimizer;
import io.modelmill.proto.training.v1.TrainingSpec;
import io.modelmill.proto.training.worker.v1.Trained;
import io.modelmill.trainingspec.network.LayerProtoMapper;
import io.modelmill.worker.plan.DataPlan;
import io.modelmill.worker.plan.OptimizerPlan;
import io.modelmill.worker.plan.TrainingPlan;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Between the messages of training-service and the worker's own values. */
final class AssignmentProtoMapper {
    private AssignmentProtoMapper() {}

    static LeaseGrant grant(io.modelmill.proto.training.worker.v1.Lease lease) {
        Instant expireTime = Instant.ofEpochSecond(
                lease.getExpireTime().getSeconds(), lease.getExpireTime().getNanos());
        return new LeaseGrant(expireTime, lease.getAccessToken(), lease.getCancelRequested());
    }

    static Assignment assignment(io.modelmill.proto.training.worker.v1.Assignment assignment) {
        return new Assignment(
                plan(assignment.getSpec()),
                assignment.getDatasetVersion().getName(),
                assignment.getDatasetVersion().getSha256());
    }

    static TrainingPlan plan(TrainingSpec spec) {
        return new TrainingPlan(
                data(spec.getData()),
                LayerProtoMapper.layers(spec.getNetwork().getLayersList()),
                spec.getLoss().getType(),
                optimizer(spec.getOptimizer()),
                spec.getEpochs(),
                spec.getBatchSize(),
                spec.getSeed());
    }

    static Trained trained(List<UploadedFile> files, List<String> classLabels, Map<String, Double> metrics) {
        Trained.Builder trained =
                Trained.newBuilder().addAllClassLabels(classLabels).putAllMetrics(metrics);
        for (UploadedFile file : files) {
            trained.addFiles(ModelFile.newBuilder()
                    .setPath(file.path())
                    .setKind(file.isModel() ? FileKind.FILE_KIND_ONNX_MODEL : FileKind.FILE_KIND_OTHER)
                    .setSha256(file.sha256())
                    .setSizeBytes(file.sizeBytes()));
        }
        return trained.build();
    }

    private static DataPlan data(DataSpec data) {
        return new DataPlan(
                data.getLabelColumn(), data.getFeatureColumnsList(), data.getTestFraction(), data.getNormalization());
    }

    private static OptimizerPlan optimizer(Optimizer optimizer) {
        return new OptimizerPlan(
                optimizer.getType(), optimizer.getLearningRate(), optimizer.getMomentum(), optimizer.getWeightDecay());
    }
}
