package io.modelmill.inference.protocol;

import io.modelmill.inference.model.InferenceReason;
import io.modelmill.inference.model.ServedModel;
import io.modelmill.inference.model.VersionChoice;
import io.modelmill.inference.placement.Placements;
import io.modelmill.inference.placement.VersionState;
import io.modelmill.inference.statistics.VersionTotals;
import io.modelmill.inference.statistics.VersionTotals.BatchSize;
import io.modelmill.inference.statistics.VersionTotals.Sum;
import io.modelmill.proto.inference.InferBatchStatistics;
import io.modelmill.proto.inference.InferStatistics;
import io.modelmill.proto.inference.ModelStatistics;
import io.modelmill.proto.inference.ModelStatisticsRequest;
import io.modelmill.proto.inference.ModelStatisticsResponse;
import io.modelmill.proto.inference.StatisticDuration;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** The protocol's extension statistics. How much others call a shared model is its publisher's business alone. */
final class StatisticsGrpcService {
    /** As ServerMetadata names it. */
    static final String EXTENSION = "statistics";

    private final CalledModels models;
    private final Placements placements;

    StatisticsGrpcService(CalledModels models, Placements placements) {
        this.models = models;
        this.placements = placements;
    }

    ModelStatisticsResponse answer(ModelStatisticsRequest request) {
        ModelStatisticsResponse.Builder response = ModelStatisticsResponse.newBuilder();
        if (request.getName().isEmpty()) {
            if (!request.getVersion().isEmpty()) {
                throw Violations.of("version", request.getVersion(), "nothing, for no model is named");
            }
            models.all().forEach((name, model) -> {
                if (models.isOwn(model)) {
                    loaded(model).forEach((number, totals) -> response.addModelStats(statistics(name, number, totals)));
                }
            });
            return response.build();
        }
        ServedModel model = models.require(request.getName(), "name");
        if (!models.isOwn(model)) {
            throw new ServiceException(
                    InferenceReason.PUBLISHER_ONLY,
                    request.getName() + ": a shared model's statistics are its publisher's alone");
        }
        SortedMap<Long, VersionTotals> loaded = loaded(model);
        if (!request.getVersion().isEmpty()) {
            long number = placements
                    .require(model.key(), VersionChoice.of(request.getVersion()))
                    .number();
            loaded.keySet().retainAll(Set.of(number));
        }
        loaded.forEach((number, totals) -> response.addModelStats(statistics(request.getName(), number, totals)));
        return response.build();
    }

    private SortedMap<Long, VersionTotals> loaded(ServedModel model) {
        SortedMap<Long, VersionTotals> loaded = new TreeMap<>();
        for (VersionState state : placements.states(model.key())) {
            state.totals().ifPresent(totals -> loaded.put(state.number(), totals));
        }
        return loaded;
    }

    private static ModelStatistics statistics(String name, long number, VersionTotals totals) {
        return ModelStatistics.newBuilder()
                .setName(name)
                .setVersion(Long.toString(number))
                .setLastInference(totals.lastInferenceMillis())
                .setInferenceCount(totals.rows())
                .setExecutionCount(totals.batches())
                .setInferenceStats(InferStatistics.newBuilder()
                        .setSuccess(duration(totals.success()))
                        .setFail(duration(totals.failure()))
                        .setQueue(duration(totals.queue()))
                        .setComputeInput(duration(totals.gather()))
                        .setComputeInfer(duration(totals.compute()))
                        .setComputeOutput(duration(totals.scatter()))
                        .setCacheHit(StatisticDuration.getDefaultInstance())
                        .setCacheMiss(StatisticDuration.getDefaultInstance()))
                .addAllBatchStats(totals.batchSizes().stream()
                        .map(StatisticsGrpcService::batches)
                        .toList())
                .build();
    }

    private static InferBatchStatistics batches(BatchSize size) {
        return InferBatchStatistics.newBuilder()
                .setBatchSize(size.rows())
                .setComputeInput(duration(new Sum(size.batches(), size.gatherNanos())))
                .setComputeInfer(duration(new Sum(size.batches(), size.computeNanos())))
                .setComputeOutput(duration(new Sum(size.batches(), size.scatterNanos())))
                .build();
    }

    private static StatisticDuration duration(Sum sum) {
        return StatisticDuration.newBuilder()
                .setCount(sum.count())
                .setNs(sum.nanos())
                .build();
    }
}
