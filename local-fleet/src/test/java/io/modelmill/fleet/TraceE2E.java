package io.modelmill.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.modelmill.fleet.client.PredictionClient;
import io.modelmill.fleet.fixture.EndToEnd;
import io.modelmill.fleet.fixture.RunningFleet;
import io.modelmill.fleet.fixture.SpanCollector.Received;
import io.modelmill.fleet.fixture.TrainedDigits;
import io.modelmill.fleet.process.Poll;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

@EndToEnd
class TraceE2E {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String CLIENT_SPAN = "00f067aa0ba902b7";

    @Test
    void makesOneTraceOfAPrediction(RunningFleet fleet) throws Exception {
        TrainedDigits digits = fleet.digits();
        String traceId = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong())
                + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong() | 1);

        new PredictionClient(traced(digits.owner().channel(), traceId))
                .predict(TrainedDigits.MODEL, "", digits.rows().subList(0, 2));

        // A span is sent when it has ended, so those within come before those around them.
        List<Received> spans = Poll.until(
                        LIMIT,
                        () -> Optional.of(fleet.collector().trace(traceId)).filter(TraceE2E::isWhole))
                .orElseThrow(() -> new AssertionError(
                        "spans of trace " + traceId + ": " + fleet.collector().trace(traceId)));
        Received gateway = spans.stream()
                .filter(span -> span.parent().equals(CLIENT_SPAN))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no span under the client's: " + spans));
        assertThat(gateway.service()).isEqualTo("gateway");
        assertThat(spans)
                .filteredOn(span -> span.service().equals("inference-service"))
                .extracting(Received::name)
                .contains("inference", "run");
        assertThat(spans)
                .filteredOn(span -> span.service().equals("inference-service"))
                .allSatisfy(span -> assertThat(isBelow(span, gateway, spans)).isTrue());
    }

    @Test
    void makesOneTraceOfATrainingJob(RunningFleet fleet) throws Exception {
        fleet.digits();

        Optional<String> trace = Poll.until(
                LIMIT,
                () -> fleet.collector().all().stream()
                        .filter(span -> span.service().equals("training-service"))
                        .map(Received::traceId)
                        .filter(id -> services(fleet, id).containsAll(Set.of("gateway", "registry-service")))
                        .findFirst());

        assertThat(trace)
                .as("a trace from the gateway over training-service to the registry")
                .isPresent();
    }

    /** Whether the client's call was told of, and the span around each. */
    private static boolean isWhole(List<Received> spans) {
        Set<String> ids = spans.stream().map(Received::spanId).collect(Collectors.toSet());
        return spans.stream().anyMatch(span -> span.parent().equals(CLIENT_SPAN))
                && spans.stream().anyMatch(span -> span.name().equals("run"))
                && spans.stream().allMatch(span -> span.parent().equals(CLIENT_SPAN) || ids.contains(span.parent()));
    }

    private static Set<String> services(RunningFleet fleet, String traceId) {
        return fleet.collector().trace(traceId).stream().map(Received::service).collect(Collectors.toSet());
    }

    private static boolean isBelow(Received span, Received ancestor, List<Received> spans) {
        String parent = span.parent();
        while (!parent.equals(ancestor.spanId())) {
            String id = parent;
            Optional<Received> next =
                    spans.stream().filter(each -> each.spanId().equals(id)).findFirst();
            if (next.isEmpty()) {
                return false;
            }
            parent = next.get().parent();
        }
        return true;
    }

    private static Channel traced(Channel channel, String traceId) {
        Metadata.Key<String> traceparent = Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);
        return ClientInterceptors.intercept(channel, new ClientInterceptor() {
            @Override
            public <Q, A> ClientCall<Q, A> interceptCall(
                    MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
                return new ForwardingClientCall.SimpleForwardingClientCall<>(next.newCall(method, options)) {
                    @Override
                    public void start(Listener<A> listener, Metadata headers) {
                        headers.put(traceparent, "00-" + traceId + "-" + CLIENT_SPAN + "-01");
                        super.start(listener, headers);
                    }
                };
            }
        });
    }
}
