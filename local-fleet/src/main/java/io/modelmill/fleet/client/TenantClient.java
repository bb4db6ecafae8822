package io.modelmill.fleet.client;

import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.modelmill.proto.gateway.v1.ApiKey;
import io.modelmill.proto.gateway.v1.CreateApiKeyRequest;
import io.modelmill.proto.gateway.v1.CreateTenantRequest;
import io.modelmill.proto.gateway.v1.ExchangeTokenRequest;
import io.modelmill.proto.gateway.v1.GetTenantRequest;
import io.modelmill.proto.gateway.v1.Tenant;
import io.modelmill.proto.gateway.v1.TenantServiceGrpc;
import io.modelmill.proto.gateway.v1.TokenServiceGrpc;
import java.util.concurrent.TimeUnit;

/** Tenants and their keys. */
public final class TenantClient {
    private static final int DEADLINE_SECONDS = 20;

    private final Channel channel;

    /** @param channel with the administrator's credential, or the tenant's own */
    public TenantClient(Channel channel) {
        this.channel = channel;
    }

    /** Creates the tenant unless it exists; answers whether it did not. */
    public boolean create(String tenant, String displayName) throws StatusException {
        try {
            stub().createTenant(CreateTenantRequest.newBuilder()
                    .setTenantId(tenant)
                    .setTenant(Tenant.newBuilder().setDisplayName(displayName))
                    .build());
            return true;
        } catch (StatusException e) {
            return orElse(e, Status.Code.ALREADY_EXISTS);
        }
    }

    /** Creates a key of the tenant and answers the credential. */
    public String createKey(String tenant, String displayName) throws StatusException {
        return stub().createApiKey(CreateApiKeyRequest.newBuilder()
                        .setParent("tenants/" + tenant)
                        .setApiKey(ApiKey.newBuilder().setDisplayName(displayName))
                        .build())
                .getSecret();
    }

    /** A short-lived token for calls to the services behind the gateway. */
    public String exchangeToken() throws StatusException {
        return TokenServiceGrpc.newBlockingV2Stub(channel)
                .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
                .exchangeToken(ExchangeTokenRequest.getDefaultInstance())
                .getAccessToken();
    }

    /** Whether the gateway takes the credential of this channel as one of the tenant's. */
    public boolean isAccepted(String tenant) throws StatusException {
        try {
            stub().getTenant(GetTenantRequest.newBuilder()
                    .setName("tenants/" + tenant)
                    .build());
            return true;
        } catch (StatusException e) {
            return orElse(e, Status.Code.UNAUTHENTICATED);
        }
    }

    private static boolean orElse(StatusException failure, Status.Code expected) throws StatusException {
        if (failure.getStatus().getCode() == expected) {
            return false;
        }
        throw failure;
    }

    private TenantServiceGrpc.TenantServiceBlockingV2Stub stub() {
        return TenantServiceGrpc.newBlockingV2Stub(channel).withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
    }
}
