package io.modelmill.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.MethodDescriptor;
import io.modelmill.fleet.client.RegistryClient;
import io.modelmill.fleet.fixture.EndToEnd;
import io.modelmill.fleet.fixture.RunningFleet;
import io.modelmill.fleet.fixture.TenantAccess;
import io.modelmill.proto.registry.v1.ArtifactServiceGrpc;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A large file on its way through the gateway while the registry dies. */
@EndToEnd
class UploadE2E {
    private static final int CHUNK = 2 << 20;
    private static final int CHUNKS = 8;

    @Test
    void goesOnWhenTheRegistryIsKilled(RunningFleet fleet) throws Exception {
        TenantAccess tenant = fleet.tenant("uploader");
        byte[] content = new byte[CHUNKS * CHUNK];
        new Random(CHUNKS).nextBytes(content);
        AtomicInteger writes = new AtomicInteger();
        AtomicInteger begun = new AtomicInteger();
        RegistryClient registry = new RegistryClient(
                ClientInterceptors.intercept(tenant.channel(), new ClientInterceptor() {
                    @Override
                    public <Q, R> ClientCall<Q, R> interceptCall(
                            MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
                        if (method.equals(ArtifactServiceGrpc.getCreateArtifactUploadMethod())) {
                            begun.incrementAndGet();
                        }
                        if (method.equals(ArtifactServiceGrpc.getWriteArtifactUploadMethod())
                                && writes.incrementAndGet() == CHUNKS / 2) {
                            fleet.fleet().kill("registry-service");
                        }
                        return next.newCall(method, options);
                    }
                }),
                tenant.id());

        String digest = registry.upload(content);

        assertThat(tenant.registry().download(digest)).isEqualTo(content);
        // What was committed before the death was not sent again.
        assertThat(begun).hasValueGreaterThan(1);
        assertThat(writes.get() - CHUNKS).isLessThanOrEqualTo(begun.get() - 1);
    }
}
