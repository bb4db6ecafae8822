package io.modelmill.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Value;
import io.modelmill.fleet.fixture.EndToEnd;
import io.modelmill.fleet.fixture.RunningFleet;
import io.modelmill.fleet.fixture.TenantAccess;
import io.modelmill.fleet.fixture.TrainedDigits;
import io.modelmill.fleet.process.Poll;
import io.modelmill.proto.training.v1.CreateSweepRequest;
import io.modelmill.proto.training.v1.GetSweepRequest;
import io.modelmill.proto.training.v1.Layer;
import io.modelmill.proto.training.v1.ListTrialsRequest;
import io.modelmill.proto.training.v1.Sweep;
import io.modelmill.proto.training.v1.SweepServiceGrpc;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.proto.training.v1.Trial;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A search for settings with the real trainer, from the tenant's wish to the best version that answers. */
@EndToEnd
class SweepE2E {
    private static final Duration LIMIT = Duration.ofMinutes(4);

    @Test
    void searchesAndServesTheBest(RunningFleet fleet) throws Exception {
        TrainedDigits digits = fleet.digits();
        TenantAccess owner = digits.owner();
        String model = owner.registry().createModel("searched-digits", "");
        Sweep.Builder sweep = Sweep.newBuilder()
                .setSearch("grid")
                .setParallelism(2)
                .setMeasure("validation_accuracy")
                .setGoal("maximize")
                .setPromoteAlias("canary");
        sweep.getSpecBuilder()
                .setModel(model)
                .setDatasetVersion(digits.datasetVersion())
                .setEpochs(6)
                .setBatchSize(32)
                .setSeed(1);
        sweep.getSpecBuilder().getDataBuilder().setLabelColumn("digit").setNormalization("min_max");
        sweep.getSpecBuilder()
                .getDataBuilder()
                .getSplitBuilder()
                .setType("stratified")
                .setValidationFraction(0.2);
        sweep.getSpecBuilder()
                .getNetworkBuilder()
                .addLayers(Layer.newBuilder().setType("dense").setUnits(32).setActivation("relu"))
                .addLayers(Layer.newBuilder().setType("dense").setUnits(10));
        sweep.getSpecBuilder().getLossBuilder().setType("cross_entropy");
        sweep.getSpecBuilder().getOptimizerBuilder().setType("adam").setLearningRate(0.01);
        sweep.addParametersBuilder()
                .setPath("optimizer.learning_rate")
                .addValues(Value.newBuilder().setNumberValue(1e-6))
                .addValues(Value.newBuilder().setNumberValue(0.01));
        sweep.getStoppingBuilder().setType("asha").setMinEpochs(2);

        Sweep begun = service(owner)
                .createSweep(CreateSweepRequest.newBuilder()
                        .setParent(owner.name())
                        .setSweepId("rates")
                        .setSweep(sweep)
                        .build());
        Sweep done = Poll.until(
                        LIMIT,
                        () -> Optional.of(service(owner)
                                        .getSweep(GetSweepRequest.newBuilder()
                                                .setName(begun.getName())
                                                .build()))
                                .filter(Sweep::hasEndTime))
                .orElseThrow(() -> new AssertionError("the sweep does not end"));

        assertThat(done.getState()).as(done.getStateReason()).isEqualTo(Sweep.State.STATE_SUCCEEDED);
        Trial best = done.getBestTrial();
        assertThat(best.getNumber()).isEqualTo(2);
        assertThat(best.getValue()).isGreaterThan(0.8);
        List<Trial> trials = service(owner)
                .listTrials(
                        ListTrialsRequest.newBuilder().setParent(done.getName()).build())
                .getTrialsList();
        assertThat(trials).hasSize(2);
        // Two are fewer than ASHA compares: the hopeless one trains to its end, too, and loses.
        assertThat(trials.getFirst().getState()).isEqualTo(TrainingJob.State.STATE_SUCCEEDED);
        assertThat(trials.getFirst().getValue()).isLessThan(best.getValue());
        assertThat(trials).allSatisfy(trial -> assertThat(trial.getEpochs()).isEqualTo(6));

        TrainedDigits.awaitLoaded(owner.predictions(), "searched-digits", "canary");
        assertThat(owner.predictions()
                        .predict("searched-digits", "canary", digits.rows().subList(0, 2))
                        .version())
                .isEqualTo(
                        best.getModelVersion().substring(best.getModelVersion().lastIndexOf('/') + 1));
    }

    private static SweepServiceGrpc.SweepServiceBlockingStub service(TenantAccess owner) {
        return SweepServiceGrpc.newBlockingStub(owner.channel()).withDeadlineAfter(30, TimeUnit.SECONDS);
    }
}
