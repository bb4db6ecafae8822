package io.modelmill.inference.protocol;

import io.quarkus.arc.Unremovable;
import io.quarkus.grpc.api.ServerBuilderCustomizer;
import io.quarkus.grpc.runtime.config.GrpcServerConfiguration;
import io.vertx.grpc.VertxServerBuilder;
import jakarta.inject.Singleton;

/** Lets the {@link Admission} see the bytes of each call and the memory of all. Quarkus looks it up by its type alone. */
@Singleton
@Unremovable
class AdmissionCustomizer implements ServerBuilderCustomizer<VertxServerBuilder> {
    private final Admission admission;
    private final TransportMemory memory;

    AdmissionCustomizer(Admission admission, TransportMemory memory) {
        this.admission = admission;
        this.memory = memory;
    }

    @Override
    public void customize(GrpcServerConfiguration config, VertxServerBuilder builder) {
        memory.useFor(builder.nettyBuilder());
        builder.addStreamTracerFactory(admission);
    }
}
