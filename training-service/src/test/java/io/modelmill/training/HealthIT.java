package io.modelmill.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.training.fixture.FakeRegistryServer;
import io.modelmill.training.fixture.TrainingServiceTest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;

@TrainingServiceTest
class HealthIT {
    @Test
    void isReadyWithItsDatabaseThoughTheRegistryIsAway() throws Exception {
        FakeRegistryServer.started().stop();
        HttpResponse<String> ready = get("/q/health/ready");
        assertThat(ready.statusCode()).isEqualTo(200);
        assertThat(ready.body()).contains("Database connections health check");
        assertThat(get("/q/health/live").statusCode()).isEqualTo(200);
        FakeRegistryServer.started();
    }

    @Test
    void showsMetrics() throws Exception {
        assertThat(get("/q/metrics").body()).contains("jvm_memory_used_bytes");
    }

    private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
        String root = ConfigProvider.getConfig().getValue("test.url", String.class);
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create(root + path)).build(), HttpResponse.BodyHandlers.ofString());
        }
    }
}
