package io.modelmill.inference.protocol;

import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;

/** Puts methods with marshallers of their own in the place of generated ones. */
final class WireMethods {
    private WireMethods() {}

    /** The service with the method instead of its namesake. */
    static ServerServiceDefinition replace(ServerServiceDefinition service, ServerMethodDefinition<?, ?> method) {
        String name = method.getMethodDescriptor().getFullMethodName();
        ServiceDescriptor.Builder descriptor = ServiceDescriptor.newBuilder(
                        service.getServiceDescriptor().getName())
                .setSchemaDescriptor(service.getServiceDescriptor().getSchemaDescriptor())
                .addMethod(method.getMethodDescriptor());
        service.getServiceDescriptor().getMethods().stream()
                .filter(other -> !other.getFullMethodName().equals(name))
                .forEach(descriptor::addMethod);
        ServerServiceDefinition.Builder replaced =
                ServerServiceDefinition.builder(descriptor.build()).addMethod(method);
        service.getMethods().stream()
                .filter(other ->
                        !other.getMethodDescriptor().getFullMethodName().equals(name))
                .forEach(replaced::addMethod);
        return replaced.build();
    }
}
