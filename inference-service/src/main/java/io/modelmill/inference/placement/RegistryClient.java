package io.modelmill.inference.placement;

import com.google.protobuf.ByteString;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import io.grpc.Channel;
import io.grpc.Deadline;
import io.grpc.Status;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** Speaks to registry-service. */
public final class RegistryClient implements Registry {
    private static final Logger LOG = Logger.getLogger(RegistryClient.class);
    private static final int PAGE_SIZE = 500;
    /** Tries in a row that bring no byte of a download that broke off: with their waits, about 6 s. */
    private static final int RESUMPTIONS = 6;

    private static final Retry RESUMING = Retry.of(
            "download",
            RetryConfig.custom()
                    .maxAttempts(RESUMPTIONS + 1)
                    .intervalFunction(IntervalFunction.ofExponentialRandomBackoff(Duration.ofMillis(100), 2))
                    .build());

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
        Deadline deadline = Deadline.after(config.downloadTimeout().toMillis(), TimeUnit.MILLISECONDS);
        DownloadArtifactRequest.Builder request =
                DownloadArtifactRequest.newBuilder().setName("tenants/" + tenant + "/artifacts/" + sha256);
        Retry.Context<Object> row = RESUMING.context();
        while (true) {
            long before = request.getOffsetBytes();
            try {
                Iterator<DownloadArtifactResponse> chunks = ArtifactServiceGrpc.newBlockingStub(channel)
                        .withDeadline(deadline)
                        .downloadArtifact(request.build());
                while (chunks.hasNext()) {
                    ByteString chunk = chunks.next().getChunk();
                    chunk.writeTo(sink);
                    request.setOffsetBytes(request.getOffsetBytes() + chunk.size());
                }
                return;
            } catch (StatusRuntimeException e) {
                boolean isBroken = request.getOffsetBytes() > 0 && e.getStatus().getCode() == Status.Code.UNAVAILABLE;
                if (!isBroken) {
                    throw answered(e);
                }
                if (request.getOffsetBytes() > before) {
                    row = RESUMING.context();
                }
                try {
                    row.onRuntimeError(e);
                } catch (StatusRuntimeException last) {
                    throw answered(last);
                } catch (CancellationException interrupted) {
                    throw new IOException("interrupted while waiting for the registry", interrupted);
                }
                LOG.infof("%s broke off after %d bytes, going on", request.getName(), request.getOffsetBytes());
            }
        }
    }

    private static IOException answered(StatusRuntimeException failure) {
        return new IOException("the registry answered " + failure.getStatus().getCode(), failure);
    }
}
