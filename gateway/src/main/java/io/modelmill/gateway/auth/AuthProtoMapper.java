package io.modelmill.gateway.auth;

import com.google.protobuf.Timestamp;
import io.modelmill.proto.gateway.v1.CreateApiKeyResponse;
import io.modelmill.proto.gateway.v1.ExchangeTokenResponse;
import io.modelmill.proto.gateway.v1.ListApiKeysResponse;
import io.modelmill.proto.gateway.v1.ListTenantsResponse;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.paging.Page;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/** Between the API's messages and the feature's own records. */
final class AuthProtoMapper {
    private AuthProtoMapper() {}

    static io.modelmill.proto.gateway.v1.Tenant toProto(Tenant tenant) {
        return io.modelmill.proto.gateway.v1.Tenant.newBuilder()
                .setName(tenant.name())
                .setDisplayName(tenant.displayName())
                .setCreateTime(toProto(tenant.createTime()))
                .build();
    }

    static ListTenantsResponse toTenantsProto(Page<Tenant> page) {
        return ListTenantsResponse.newBuilder()
                .addAllTenants(
                        page.items().stream().map(AuthProtoMapper::toProto).toList())
                .setNextPageToken(page.nextPageToken())
                .build();
    }

    static io.modelmill.proto.gateway.v1.ApiKey toProto(ApiKey key) {
        var proto = io.modelmill.proto.gateway.v1.ApiKey.newBuilder()
                .setName(key.name())
                .setDisplayName(key.displayName())
                .setCreateTime(toProto(key.createTime()));
        key.expireTime().ifPresent(end -> proto.setExpireTime(toProto(end)));
        return proto.build();
    }

    static ListApiKeysResponse toKeysProto(Page<ApiKey> page) {
        return ListApiKeysResponse.newBuilder()
                .addAllApiKeys(
                        page.items().stream().map(AuthProtoMapper::toProto).toList())
                .setNextPageToken(page.nextPageToken())
                .build();
    }

    static CreateApiKeyResponse toProto(ApiKeys.NewApiKey created) {
        return CreateApiKeyResponse.newBuilder()
                .setApiKey(toProto(created.key()))
                .setSecret(created.credential().text())
                .build();
    }

    static ExchangeTokenResponse toProto(CallerTokens.ExchangedToken exchanged, String tenantId) {
        return ExchangeTokenResponse.newBuilder()
                .setAccessToken(exchanged.token())
                .setExpireTime(toProto(exchanged.expiry()))
                .setTenant("tenants/" + tenantId)
                .build();
    }

    static Optional<Instant> expireTime(io.modelmill.proto.gateway.v1.ApiKey key) {
        if (!key.hasExpireTime()) {
            return Optional.empty();
        }
        Timestamp time = key.getExpireTime();
        try {
            return Optional.of(Instant.ofEpochSecond(time.getSeconds(), time.getNanos()));
        } catch (DateTimeException e) {
            throw Violations.of("api_key.expire_time", time.getSeconds(), "seconds of a time from year 1 to 9999");
        }
    }

    private static Timestamp toProto(Instant instant) {
        return Timestamp.newBuilder()
                .setSeconds(instant.getEpochSecond())
                .setNanos(instant.getNano())
                .build();
    }
}
