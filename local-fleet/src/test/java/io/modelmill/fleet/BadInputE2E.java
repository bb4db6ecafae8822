package io.modelmill.fleet;

import static io.modelmill.fleet.fixture.StatusAssert.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.grpc.StatusException;
import io.modelmill.fleet.fixture.EndToEnd;
import io.modelmill.fleet.fixture.RunningFleet;
import io.modelmill.fleet.fixture.StatusAssert;
import io.modelmill.fleet.fixture.TenantAccess;
import io.modelmill.fleet.fixture.TrainedDigits;
import io.modelmill.proto.registry.v1.Column;
import io.modelmill.proto.registry.v1.CreateDatasetVersionRequest;
import io.modelmill.proto.registry.v1.DatasetVersion;
import io.modelmill.proto.training.v1.CreateTrainingJobRequest;
import io.modelmill.proto.training.v1.DataSpec;
import io.modelmill.proto.training.v1.Layer;
import io.modelmill.proto.training.v1.ListTrainingJobsRequest;
import io.modelmill.proto.training.v1.Loss;
import io.modelmill.proto.training.v1.Network;
import io.modelmill.proto.training.v1.Optimizer;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.proto.training.v1.TrainingSpec;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What the whole way through the gateway says to a tenant's mistakes. */
@EndToEnd
class BadInputE2E {
    @Test
    void namesLineAndColumnOfAWrongCell(RunningFleet fleet) throws StatusException {
        TenantAccess tenant = fleet.tenant("clumsy");
        tenant.registry().createDataset("cells", "");
        String digest = tenant.registry()
                .upload("width,height,kind\n1,2,a\n3,tall,b\n5,6,a\n".getBytes(StandardCharsets.UTF_8));

        StatusAssert refused = assertRefused(
                Status.Code.INVALID_ARGUMENT,
                () -> tenant.datasets()
                        .createDatasetVersion(CreateDatasetVersionRequest.newBuilder()
                                .setParent("tenants/clumsy/datasets/cells")
                                .setDatasetVersion(DatasetVersion.newBuilder()
                                        .setSha256(digest)
                                        .addColumns(Column.newBuilder()
                                                .setName("height")
                                                .setType(Column.Type.TYPE_NUMBER)))
                                .build()));

        assertThat(refused.message()).contains("line 3").contains("height").contains("tall");
    }

    @Test
    void listsAllFaultsOfAJobAtOnce(RunningFleet fleet) throws StatusException {
        TrainedDigits digits = fleet.digits();
        TenantAccess tenant = digits.owner();
        TrainingSpec spec = TrainingSpec.newBuilder()
                .setModel("tenants/publisher/models/no-such-model")
                .setDatasetVersion(digits.datasetVersion())
                .setData(DataSpec.newBuilder().setLabelColumn("digit").setTestFraction(0.95))
                .setNetwork(Network.newBuilder()
                        .addLayers(Layer.newBuilder().setType("dense").setUnits(0))
                        .addLayers(Layer.newBuilder().setType("convolution"))
                        .addLayers(Layer.newBuilder().setType("dense").setUnits(7)))
                .setLoss(Loss.newBuilder().setType("cross_entropy"))
                .setOptimizer(Optimizer.newBuilder().setType("adam").setLearningRate(-0.1))
                .setEpochs(0)
                .setBatchSize(-5)
                .build();
        int before = jobs(tenant);

        StatusAssert refused = assertRefused(
                Status.Code.INVALID_ARGUMENT,
                () -> tenant.jobs()
                        .createTrainingJob(CreateTrainingJobRequest.newBuilder()
                                .setParent(tenant.name())
                                .setTrainingJob(TrainingJob.newBuilder().setSpec(spec))
                                .build()));

        assertThat(refused.violations())
                .anySatisfy(each -> assertThat(each).contains("spec.model").contains("no-such-model"))
                .anySatisfy(
                        each -> assertThat(each).contains("data.test_fraction").contains("0.95"))
                .anySatisfy(each -> assertThat(each).contains("network.layers[0].units"))
                .anySatisfy(each ->
                        assertThat(each).contains("network.layers[1].type").contains("convolution"))
                // Ten classes are in the data.
                .anySatisfy(each ->
                        assertThat(each).contains("network.layers[2].units").contains("10"))
                .anySatisfy(each ->
                        assertThat(each).contains("optimizer.learning_rate").contains("-0.1"))
                .anySatisfy(each -> assertThat(each).contains("epochs"))
                .anySatisfy(each -> assertThat(each).contains("batch_size").contains("-5"));
        assertThat(jobs(tenant)).isEqualTo(before);
    }

    @Test
    void makesNoVersionOfBytesThatAreNotThere(RunningFleet fleet) throws StatusException {
        TenantAccess tenant = fleet.tenant("clumsy");
        tenant.registry().createDataset("missing", "");

        assertRefused(
                Status.Code.FAILED_PRECONDITION, () -> tenant.registry().datasetVersion("missing", "0".repeat(64)));
    }

    private static int jobs(TenantAccess tenant) throws StatusException {
        return tenant.jobs()
                .listTrainingJobs(ListTrainingJobsRequest.newBuilder()
                        .setParent(tenant.name())
                        .setPageSize(1000)
                        .build())
                .getTrainingJobsCount();
    }
}
