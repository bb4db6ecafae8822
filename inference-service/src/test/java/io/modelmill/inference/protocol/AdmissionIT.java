package io.modelmill.inference.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.fixture.InferenceClient;
import io.modelmill.inference.fixture.ModelFolder;
import io.modelmill.inference.fixture.SmallModels;
import io.modelmill.inference.fixture.StandaloneProcess;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** More at a time than there is memory for, at the packaged service in a small process of its own. */
class AdmissionIT {
    /** The largest tensor that a message takes. */
    private static final int TENSOR = 64 << 20;

    private static final int CALLS = 200;
    private static final long ANSWER_SECONDS = 120;

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(ints = {1, CALLS})
    void manyLargeRequestsEndInAnswersOrRefusalsThatSayWhenToTryAgain(int connections) throws Exception {
        ModelFolder models = new ModelFolder(Files.createDirectory(directory.resolve("models")))
                .graph("large", 1, SmallModels.shapeOf(TensorProto.DataType.UINT8))
                .graph("scaling", 1, SmallModels.scaling(2));
        // 12.5 GiB of requests for a quarter of 1 GiB.
        try (StandaloneProcess service = StandaloneProcess.start(
                models.directory(),
                directory.resolve("log"),
                "-Xmx256m",
                "-XX:MaxDirectMemorySize=1g",
                "-XX:+ExitOnOutOfMemoryError")) {
            byte[] request = InferenceClient.request(
                            "large",
                            "",
                            "x",
                            "UINT8",
                            List.of(1L, (long) TENSOR),
                            ByteString.copyFrom(new byte[TENSOR]))
                    .toByteArray();
            int answered = 0;
            try (FloodClient client = new FloodClient(service.port(), connections, request)) {
                List<CompletableFuture<Http2Headers>> answers = new ArrayList<>();
                for (int call = 0; call < CALLS; call++) {
                    answers.add(client.call());
                }
                for (CompletableFuture<Http2Headers> answer : answers) {
                    answered += isAnswer(answer.get(ANSWER_SECONDS, TimeUnit.SECONDS)) ? 1 : 0;
                }

                assertThat(answered).as("answered calls").isBetween(1, CALLS - 1);
                Eventually.until("a caller that tries again is answered", () -> isAnswer(client));
            }
            assertThat(service.handle().isAlive()).isTrue();
            assertThat(service.client().factor("scaling", "")).isEqualTo(2f);
            Eventually.until(
                    "all is given back",
                    () -> gauge(service, "modelmill_inference_admission_requests") == 0
                            && gauge(service, "modelmill_inference_admission_bytes") == 0
                            && gauge(service, "modelmill_inference_transport_bytes") == 0);
            assertThat(service.log()).doesNotContain("OutOfMemory", "OutOfDirectMemory", "LEAK");
        }
    }

    private static boolean isAnswer(FloodClient client) {
        try {
            return isAnswer(client.call().get(ANSWER_SECONDS, TimeUnit.SECONDS));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** True for OK, false for RESOURCE_EXHAUSTED with RetryInfo; fails for all else. */
    private static boolean isAnswer(Http2Headers trailers) throws InvalidProtocolBufferException {
        String status = String.valueOf(trailers.get("grpc-status"));
        if (status.equals("0")) {
            return true;
        }
        assertThat(status).as("grpc-status, %s", trailers.get("grpc-message")).isEqualTo("8");
        Status details =
                Status.parseFrom(Base64.getDecoder().decode(String.valueOf(trailers.get("grpc-status-details-bin"))));
        assertThat(details.getDetailsList()).anyMatch(detail -> detail.is(RetryInfo.class));
        return false;
    }

    private static double gauge(StandaloneProcess service, String name) {
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> metrics = http.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + service.httpPort() + "/q/metrics"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            return metrics.body()
                    .lines()
                    .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                    .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no " + name + " in " + metrics.body()));
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
