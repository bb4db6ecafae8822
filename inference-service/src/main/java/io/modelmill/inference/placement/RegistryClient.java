package io.modelmill.inference.placement;

import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedModel;
import io.modelmill.proto.registry.v1.ArtifactServiceGrpc;
import io.modelmill.proto.registry.v1.DownloadArtifactRequest;
import io.modelmill.proto.registry.v1.DownloadArtifactResponse;
import io.modelmill.proto.registry.v1.ListServingStatesRequest;
import io.modelmill.proto.registry.v1.ListServingStatesResponse;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.registry.v1.QuarantineModelVersionRequest;
import io.modelmill.proto.registry.v1.ServingState;
import io.modelmill.proto.registry.v1.ServingStateServiceGrpc;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** Speaks to registry-service. */
public final class RegistryClient implements Registry {
    private static final Logger LOG = Logger.getLogger(RegistryClient.class);
    private static final int PAGE_SIZE = 500;

    private final Channel channel;
    private final RegistryConfig config;

    /** @param channel sends this service's own token with every call */
    public RegistryClient(Channel channel, RegistryConfig config) {
        this.channel = channel;
        this.config = config;
    }

    @Override
    public Listing listModels() {
        List<ServedModel> models = new ArrayList<>();
        Set<ModelKey> unreadable = new HashSet<>();
        String pageToken = "";
        do {
            ListServingStatesResponse page = ServingStateServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(config.callTimeout().toMillis(), TimeUnit.MILLISECONDS)
                    .listServingStates(ListServingStatesRequest.newBuilder()
                            .setPageSize(PAGE_SIZE)
                            .setPageToken(pageToken)
                            .build());
            for (ServingState state : page.getServingStatesList()) {
                try {
                    models.add(ServedModelProtoMapper.model(state));
                } catch (IllegalArgumentException e) {
                    LOG.errorf("%s: the registry's state cannot be served: %s", state.getModel(), e.getMessage());
                    ModelKey.parse(state.getModel()).ifPresent(unreadable::add);
                }
            }
            pageToken = page.getNextPageToken();
        } while (!pageToken.isEmpty());
        return new Listing(models, unreadable);
    }

    @Override
    public void quarantine(String version, String reason) {
        ModelVersion _ = ServingStateServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(config.callTimeout().toMillis(), TimeUnit.MILLISECONDS)
                .quarantineModelVersion(QuarantineModelVersionRequest.newBuilder()
                        .setName(version)
                        .setReason(reason)
                        .build());
    }

    @Override
    public void download(String tenant, String sha256, OutputStream sink) throws IOException {
        String name = "tenants/" + tenant + "/artifacts/" + sha256;
        try {
            Iterator<DownloadArtifactResponse> chunks = ArtifactServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(config.downloadTimeout().toMillis(), TimeUnit.MILLISECONDS)
                    .downloadArtifact(
                            DownloadArtifactRequest.newBuilder().setName(name).build());
            while (chunks.hasNext()) {
                chunks.next().getChunk().writeTo(sink);
            }
        } catch (StatusRuntimeException e) {
            throw new IOException("the registry answered " + e.getStatus().getCode(), e);
        }
    }
}
