package io.modelmill.gateway.auth;

import io.grpc.stub.StreamObserver;
import io.modelmill.proto.gateway.v1.ExchangeTokenRequest;
import io.modelmill.proto.gateway.v1.ExchangeTokenResponse;
import io.modelmill.proto.gateway.v1.TokenServiceGrpc;
import io.modelmill.servicekit.error.CommonReason;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.grpc.GrpcCalls;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import io.quarkus.grpc.GrpcService;

/** Tokens for backends that call the services directly. */
@GrpcService
class TokenGrpcService extends TokenServiceGrpc.TokenServiceImplBase {
    private final GrpcCalls calls;
    private final CallerTokens tokens;

    TokenGrpcService(GrpcCalls calls, CallerTokens tokens) {
        this.calls = calls;
        this.tokens = tokens;
    }

    @Override
    public void exchangeToken(ExchangeTokenRequest request, StreamObserver<ExchangeTokenResponse> response) {
        calls.answer(response, () -> {
            Caller caller = Caller.current();
            caller.require(Role.TENANT);
            String tenant = caller.tenant()
                    .orElseThrow(() -> new ServiceException(
                            CommonReason.ROLE_MISSING, "the key belongs to no tenant (expected: a tenant's key)"));
            return AuthProtoMapper.toProto(tokens.exchange(caller), tenant);
        });
    }
}
