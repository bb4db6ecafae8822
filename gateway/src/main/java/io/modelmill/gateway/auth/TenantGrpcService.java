package io.modelmill.gateway.auth;

import com.google.protobuf.Empty;
import io.grpc.stub.StreamObserver;
import io.modelmill.proto.gateway.v1.CreateApiKeyRequest;
import io.modelmill.proto.gateway.v1.CreateApiKeyResponse;
import io.modelmill.proto.gateway.v1.CreateTenantRequest;
import io.modelmill.proto.gateway.v1.DeleteApiKeyRequest;
import io.modelmill.proto.gateway.v1.GetTenantRequest;
import io.modelmill.proto.gateway.v1.ListApiKeysRequest;
import io.modelmill.proto.gateway.v1.ListApiKeysResponse;
import io.modelmill.proto.gateway.v1.ListTenantsRequest;
import io.modelmill.proto.gateway.v1.ListTenantsResponse;
import io.modelmill.proto.gateway.v1.TenantServiceGrpc;
import io.modelmill.servicekit.grpc.GrpcCalls;
import io.modelmill.servicekit.paging.PageRequest;
import io.modelmill.servicekit.resourcename.ResourceNamePattern;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import io.quarkus.grpc.GrpcService;
import java.util.List;

/** Tenants for administrators; keys for administrators and for the tenant itself. */
@GrpcService
class TenantGrpcService extends TenantServiceGrpc.TenantServiceImplBase {
    private static final ResourceNamePattern TENANT = ResourceNamePattern.of("tenants/{tenant}");
    private static final ResourceNamePattern API_KEY = ResourceNamePattern.of("tenants/{tenant}/apiKeys/{key}");

    private final GrpcCalls calls;
    private final Tenants tenants;
    private final ApiKeys keys;

    TenantGrpcService(GrpcCalls calls, Tenants tenants, ApiKeys keys) {
        this.calls = calls;
        this.tenants = tenants;
        this.keys = keys;
    }

    @Override
    public void createTenant(
            CreateTenantRequest request, StreamObserver<io.modelmill.proto.gateway.v1.Tenant> response) {
        calls.answer(response, () -> {
            Caller.current().require(Role.PLATFORM_ADMIN);
            return AuthProtoMapper.toProto(
                    tenants.create(request.getTenantId(), request.getTenant().getDisplayName()));
        });
    }

    @Override
    public void getTenant(GetTenantRequest request, StreamObserver<io.modelmill.proto.gateway.v1.Tenant> response) {
        calls.answer(response, () -> AuthProtoMapper.toProto(tenants.get(permittedTenant(request.getName(), "name"))));
    }

    @Override
    public void listTenants(ListTenantsRequest request, StreamObserver<ListTenantsResponse> response) {
        calls.answer(response, () -> {
            Caller.current().require(Role.PLATFORM_ADMIN);
            return AuthProtoMapper.toTenantsProto(
                    tenants.list(PageRequest.of(request.getPageSize(), request.getPageToken())));
        });
    }

    @Override
    public void createApiKey(CreateApiKeyRequest request, StreamObserver<CreateApiKeyResponse> response) {
        calls.answer(response, () -> {
            String tenant = permittedTenant(request.getParent(), "parent");
            return AuthProtoMapper.toProto(keys.create(
                    tenant, request.getApiKey().getDisplayName(), AuthProtoMapper.expireTime(request.getApiKey())));
        });
    }

    @Override
    public void listApiKeys(ListApiKeysRequest request, StreamObserver<ListApiKeysResponse> response) {
        calls.answer(response, () -> {
            String tenant = permittedTenant(request.getParent(), "parent");
            return AuthProtoMapper.toKeysProto(
                    keys.list(tenant, PageRequest.of(request.getPageSize(), request.getPageToken())));
        });
    }

    @Override
    public void deleteApiKey(DeleteApiKeyRequest request, StreamObserver<Empty> response) {
        calls.answer(response, () -> {
            List<String> ids = API_KEY.parse(request.getName(), "name");
            requireAccess(ids.getFirst(), request.getName());
            keys.delete(ids.getFirst(), ids.getLast());
            return Empty.getDefaultInstance();
        });
    }

    private static String permittedTenant(String name, String field) {
        String tenant = TENANT.parse(name, field).getFirst();
        requireAccess(tenant, name);
        return tenant;
    }

    private static void requireAccess(String tenant, String resourceName) {
        Caller caller = Caller.current();
        if (!caller.has(Role.PLATFORM_ADMIN)) {
            caller.requireTenant(tenant, resourceName, Role.TENANT);
        }
    }
}
