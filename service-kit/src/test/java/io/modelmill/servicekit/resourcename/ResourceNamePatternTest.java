package io.modelmill.servicekit.resourcename;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.servicekit.error.ServiceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResourceNamePatternTest {
    private static final ResourceNamePattern VERSION =
            ResourceNamePattern.of("tenants/{tenant}/models/{model}/versions/{version:number}");

    @Test
    void readsTheVariablesInOrder() {
        assertThat(VERSION.parse("tenants/acme/models/res-net/versions/12", "name"))
                .containsExactly("acme", "res-net", "12");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "tenants/acme/models/resnet",
                "tenants/acme/models/resnet/versions/0",
                "tenants/acme/models/resnet/versions/01",
                "tenants/acme/models/resnet/versions/latest",
                "tenants/acme/models/resnet/versions/1/",
                "tenants/Acme/models/resnet/versions/1",
                "tenants/acme/models/../versions/1",
                "tenants/-/models/resnet/versions/1",
                "tenants/acme/models/resnet/versions/1\n",
            })
    void refusesOtherShapes(String name) {
        assertThatThrownBy(() -> VERSION.parse(name, "name"))
                .isInstanceOf(ServiceException.class)
                .hasMessage("name: \"" + name + "\" (expected: tenants/{tenant}/models/{model}/versions/{version})");
    }

    @Test
    void readsDigests() {
        ResourceNamePattern artifact = ResourceNamePattern.of("tenants/{tenant}/artifacts/{sha256:digest}");
        assertThat(artifact.match("tenants/acme/artifacts/" + "0a".repeat(32))).isPresent();
        assertThat(artifact.match("tenants/acme/artifacts/" + "0A".repeat(32))).isEmpty();
        assertThat(artifact.match("tenants/acme/artifacts/" + "0a".repeat(31))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "A", "1a", "a_b", "a.b", "a/b", "-a"})
    void refusesOtherIds(String id) {
        assertThatThrownBy(() -> ResourceNamePattern.requireId(id, "model_id"))
                .hasMessage("model_id: \"" + id + "\" (expected: [a-z][a-z0-9-]{0,62})");
    }

    @Test
    void acceptsIdsOfAtMost63Characters() {
        assertThat(ResourceNamePattern.requireId("a".repeat(63), "id")).hasSize(63);
        assertThatThrownBy(() -> ResourceNamePattern.requireId("a".repeat(64), "id"))
                .isInstanceOf(ServiceException.class);
    }
}
