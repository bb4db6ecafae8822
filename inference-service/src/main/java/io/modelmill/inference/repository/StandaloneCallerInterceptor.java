package io.modelmill.inference.repository;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusException;
import io.modelmill.servicekit.error.StatusMapper;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Takes callers at their word where a folder is served: {@value #HEADER} names the tenant whose share a call takes. It
 * does nothing where the models come from a fleet. Whom it knows the one that takes tokens lets pass.
 */
@Singleton
public final class StandaloneCallerInterceptor implements ServerInterceptor {
    static final String HEADER = "x-modelmill-tenant";
    private static final Metadata.Key<String> TENANT = Metadata.Key.of(HEADER, Metadata.ASCII_STRING_MARSHALLER);
    private static final Pattern ID = Pattern.compile("[a-z][a-z0-9-]{0,62}");
    private static final Caller LOCAL = caller(FolderRepository.TENANT);

    private final boolean standalone;

    public StandaloneCallerInterceptor(RepositoryConfig config) {
        this.standalone = config.directory().isPresent();
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        if (!standalone) {
            return next.startCall(call, headers);
        }
        String tenant = headers.get(TENANT);
        if (tenant != null && !ID.matcher(tenant).matches()) {
            StatusException status = StatusMapper.toStatus(Violations.of(HEADER, tenant, ID.pattern()));
            Metadata trailers = status.getTrailers();
            call.close(status.getStatus(), trailers == null ? new Metadata() : trailers);
            return new ServerCall.Listener<>() {};
        }
        Caller caller = tenant == null ? LOCAL : caller(tenant);
        return Contexts.interceptCall(caller.in(Context.current()), call, headers, next);
    }

    private static Caller caller(String tenant) {
        return new Caller("standalone", Optional.of(tenant), Set.of(Role.TENANT));
    }
}
