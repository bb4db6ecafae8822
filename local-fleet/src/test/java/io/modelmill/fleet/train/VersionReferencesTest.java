package io.modelmill.fleet.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.StatusException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VersionReferencesTest {
    @ParameterizedTest
    @CsvSource({
        "digits, tenants/acme/models/digits/versions/7",
        "digits/3, tenants/acme/models/digits/versions/3",
        "tenants/other/models/digits/versions/2, tenants/other/models/digits/versions/2",
    })
    void namesVersionsInFull(String given, String full) throws StatusException {
        for (String field :
                new String[] {"\"quantization\":{\"parentVersion\"", "\"distillation\":{\"teacherVersion\""}) {
            String spec = "{\"epochs\":5," + field + ":\"%s\"}}";
            assertThat(VersionReferences.resolve(
                            spec.formatted(given),
                            "tenants/acme",
                            model -> "tenants/acme/models/" + model + "/versions/7"))
                    .isEqualTo(spec.formatted(full));
        }
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', delimiter = '|', textBlock = """
            {"epochs":5}
            {"quantization":{"tolerance":0.1}}
            {"quantization":{"parentVersion":""}}
            """)
    void leavesAllElse(String spec) throws StatusException {
        assertThat(VersionReferences.resolve(spec, "tenants/acme", model -> {
                    throw new IllegalStateException(model);
                }))
                .isEqualTo(spec);
    }
}
