package io.modelmill.gateway.routing;

import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.modelmill.gateway.auth.CallerTokens;
import java.util.ArrayList;
import java.util.List;

/** Serves another service's methods by forwarding each call. A subclass stands for one service. */
public abstract class ForwardedServiceProxy implements BindableService {
    private final ServiceDescriptor service;
    private final Backend backend;
    private final CallerTokens tokens;
    private final BackendsConfig.Routing config;

    ForwardedServiceProxy(
            ServiceDescriptor service, Backend backend, CallerTokens tokens, BackendsConfig.Routing config) {
        this.service = service;
        this.backend = backend;
        this.tokens = tokens;
        this.config = config;
    }

    @Override
    public ServerServiceDefinition bindService() {
        List<MethodDescriptor<byte[], byte[]>> methods = new ArrayList<>();
        for (MethodDescriptor<?, ?> method : service.getMethods()) {
            methods.add(RawBytes.method(method));
        }
        ServiceDescriptor.Builder raw =
                ServiceDescriptor.newBuilder(service.getName()).setSchemaDescriptor(service.getSchemaDescriptor());
        methods.forEach(raw::addMethod);
        ServerServiceDefinition.Builder definition = ServerServiceDefinition.builder(raw.build());
        for (MethodDescriptor<byte[], byte[]> method : methods) {
            definition.addMethod(method, new CallForwarder(method, backend, tokens, config.defaultDeadline()));
        }
        return definition.build();
    }
}
