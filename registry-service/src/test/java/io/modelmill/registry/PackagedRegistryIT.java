package io.modelmill.registry;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Empty;
import io.grpc.HandlerRegistry;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerMethodDefinition;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import io.modelmill.localservers.LocalPorts;
import io.modelmill.localservers.kafka.KafkaBroker;
import io.modelmill.localservers.postgres.PostgresServer;
import io.modelmill.proto.registry.v1.Model;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.registry.v1.ModelVersion.State;
import io.modelmill.proto.registry.v1.UpdateModelRequest;
import io.modelmill.registry.fixture.Eventually;
import io.modelmill.registry.fixture.OnnxModels;
import io.modelmill.registry.fixture.RegistryProcess;
import io.modelmill.registry.fixture.RegistryTenant;
import io.modelmill.registry.fixture.TopicReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged service as a process of its own, which can be killed. */
class PackagedRegistryIT {
    @TempDir
    private Path directory;

    @Test
    void losesNothingWhenItIsKilledAndWaitsForABrokerThatIsAway() throws Exception {
        int kafkaPort = LocalPorts.free();
        try (PostgresServer postgres = PostgresServer.startTemporary()) {
            postgres.createDatabase("registry");
            List<ModelVersion> versions = new ArrayList<>();
            String model;
            try (RegistryProcess registry = RegistryProcess.start(directory, postgres, kafkaPort)) {
                // Ready although no broker is there.
                registry.awaitReady();
                RegistryTenant tenant = registry.tenant("acme");
                model = tenant.createModel("digits").getName();
                byte[] graph = OnnxModels.classifier(4, 3);
                tenant.upload(graph);
                for (int count = 0; count < 4; count++) {
                    versions.add(tenant.models()
                            .createModelVersion(tenant.version("digits", graph).build()));
                }
                tenant.validated(versions.getFirst());
                registry.kill();
            }
            try (RegistryProcess registry = RegistryProcess.start(directory, postgres, kafkaPort)) {
                registry.awaitReady();
                RegistryTenant tenant = registry.tenant("acme");
                for (ModelVersion version : versions) {
                    assertThat(tenant.validated(version).getState()).isEqualTo(State.STATE_READY);
                }
                Eventually.see(registry::log, log -> log.contains("Kafka is away, events wait in the outbox"));
                // One of the model, two of each version.
                assertThat(tenant.model("digits").getRevision()).isEqualTo(9);
                int controllerPort = LocalPorts.free();
                Path data = directory.resolve("kafka");
                try (KafkaBroker broker = KafkaBroker.start(data, kafkaPort, controllerPort)) {
                    assertThat(events(broker, model, 9)).hasSize(9);
                }
                update(tenant, model);
                try (KafkaBroker broker = KafkaBroker.start(data, kafkaPort, controllerPort)) {
                    assertThat(events(broker, model, 10)).hasSize(10);
                }
                registry.stop();
                assertThat(registry.log())
                        .doesNotContain("4317")
                        .doesNotContain("Failed to export")
                        .doesNotContain("ERROR");
            }
            assertThat(RegistryProcess.leftovers(directory)).isEmpty();
        }
    }

    @Test
    void exportsTracesWhereAnEndpointIsSet() throws Exception {
        CountDownLatch exported = new CountDownLatch(1);
        Server collector = ServerBuilder.forPort(0)
                .fallbackHandlerRegistry(new Collector(exported))
                .build()
                .start();
        try (PostgresServer postgres = PostgresServer.startTemporary()) {
            postgres.createDatabase("registry");
            try (RegistryProcess registry = RegistryProcess.start(
                    directory,
                    postgres,
                    LocalPorts.free(),
                    Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + collector.getPort()))) {
                registry.awaitReady();
                registry.tenant("acme").createModel("digits");

                boolean arrived = exported.await(60, TimeUnit.SECONDS);
                assertThat(arrived).as(registry.log()).isTrue();
            }
        } finally {
            collector.shutdownNow();
        }
    }

    private static void update(RegistryTenant tenant, String model) {
        tenant.models()
                .updateModel(UpdateModelRequest.newBuilder()
                        .setModel(Model.newBuilder().setName(model).setDescription("changed"))
                        .build());
    }

    private static List<ConsumerRecord<String, byte[]>> events(KafkaBroker broker, String model, int atLeast) {
        try (TopicReader reader = new TopicReader(broker.bootstrapServers(), "modelmill.model-versions.v1")) {
            return reader.read(model, seen -> seen.size() >= atLeast);
        }
    }

    /** Takes spans unread. */
    private static final class Collector extends HandlerRegistry {
        private final CountDownLatch exported;

        Collector(CountDownLatch exported) {
            this.exported = exported;
        }

        @Override
        public @Nullable ServerMethodDefinition<?, ?> lookupMethod(String name, @Nullable String authority) {
            if (!name.equals("opentelemetry.proto.collector.trace.v1.TraceService/Export")) {
                return null;
            }
            MethodDescriptor<Empty, Empty> method = MethodDescriptor.<Empty, Empty>newBuilder()
                    .setType(MethodDescriptor.MethodType.UNARY)
                    .setFullMethodName(name)
                    .setRequestMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
                    .setResponseMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
                    .build();
            return ServerMethodDefinition.create(method, ServerCalls.asyncUnaryCall((request, response) -> {
                exported.countDown();
                response.onNext(Empty.getDefaultInstance());
                response.onCompleted();
            }));
        }
    }
}
