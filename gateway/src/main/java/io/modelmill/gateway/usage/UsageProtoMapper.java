package io.modelmill.gateway.usage;

import com.google.protobuf.util.Durations;
import io.modelmill.proto.gateway.v1.ListTrainingUsagesResponse;
import io.modelmill.servicekit.paging.Page;

/** Between usage and what callers get. */
final class UsageProtoMapper {
    private UsageProtoMapper() {}

    static ListTrainingUsagesResponse response(Page<TrainingUsage> page) {
        ListTrainingUsagesResponse.Builder message =
                ListTrainingUsagesResponse.newBuilder().setNextPageToken(page.nextPageToken());
        for (TrainingUsage usage : page.items()) {
            message.addTrainingUsagesBuilder()
                    .setName("tenants/" + usage.tenant() + "/trainingUsages/" + usage.month())
                    .setMonth(usage.month().toString())
                    .setTrainingTime(Durations.fromMillis(usage.trainingTime().toMillis()))
                    .setAttempts(usage.attempts());
        }
        return message.build();
    }
}
