package io.modelmill.benchmarks.search;

import io.grpc.Channel;
import io.grpc.StatusException;
import io.modelmill.proto.registry.v1.ListModelVersionsRequest;
import io.modelmill.proto.registry.v1.ListModelVersionsResponse;
import io.modelmill.proto.registry.v1.ModelServiceGrpc;
import java.util.concurrent.TimeUnit;

/** Finds versions of all models of one tenant. */
final class VersionSearchClient {
    private static final int DEADLINE_SECONDS = 60;

    private final Channel channel;
    private final String tenant;

    /** @param channel with a credential of the tenant */
    VersionSearchClient(Channel channel, String tenant) {
        this.channel = channel;
        this.tenant = tenant;
    }

    /** @param token empty for the first page */
    Found find(Query query, int pageSize, String token) throws StatusException {
        ListModelVersionsResponse page = ModelServiceGrpc.newBlockingV2Stub(channel)
                .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
                .listModelVersions(ListModelVersionsRequest.newBuilder()
                        .setParent("tenants/" + tenant + "/models/-")
                        .setFilter(query.filter())
                        .setOrderBy(query.orderBy())
                        .setPageSize(pageSize)
                        .setPageToken(token)
                        .build());
        return new Found(page.getModelVersionsCount(), page.getNextPageToken());
    }

    /**
     * A search.
     *
     * @param name in the figures
     */
    record Query(String name, String filter, String orderBy) {}

    /**
     * A page.
     *
     * @param versions on it
     * @param nextToken empty if it is the last
     */
    record Found(int versions, String nextToken) {}
}
