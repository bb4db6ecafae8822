package io.modelmill.fleet.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.fleet.client.NamedTensor;
import io.modelmill.fleet.installation.FleetException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamplesTest {
    private static final String GOOD = """
            {"inputs": [{"name": "size", "datatype": "FP32", "shape": [2, 1], "data": [1.5, 2]},
                        {"name": "kind", "datatype": "BYTES", "shape": [2], "data": ["a", "b"]}],
             "outputs": [{"name": "p", "datatype": "FP32", "shape": [2, 2], "data": [0.25, 0.75, 0.5, 0.5]}]}
            """;

    @Test
    void readsRequestAndAnswers() {
        Samples samples = read(GOOD);

        assertThat(samples.rows()).isEqualTo(2);
        assertThat(samples.inputs().getFirst().numbers()).containsExactly(1.5, 2);
        assertThat(samples.inputs().getLast().texts()).containsExactly("a", "b");
    }

    @Test
    void findsTheLargestDifference() {
        assertThat(read(GOOD)
                        .largestDifference(List.of(answer("other", 9, 9, 9, 9), answer("p", 0.25, 0.75, 0.5, 0.25))))
                .isEqualTo(0.25);
        assertThat(read(GOOD).largestDifference(List.of(answer("p", 0.25, Double.NaN, 0.5, 0.5))))
                .isNaN();
    }

    @Test
    void refusesAnswersThatCannotBeCompared() {
        assertThatThrownBy(() -> read(GOOD).largestDifference(List.of(answer("q", 0, 0, 0, 0))))
                .isInstanceOf(FleetException.class)
                .hasMessageContaining("no output \"p\"");
        NamedTensor turned = new NamedTensor("p", "FP32", List.of(4L), new double[4], List.of());
        assertThatThrownBy(() -> read(GOOD).largestDifference(List.of(turned)))
                .isInstanceOf(FleetException.class)
                .hasMessageContaining("shape [4] (expected: [2, 2]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{}",
                "{\"inputs\": 5, \"outputs\": []}",
                "{\"inputs\": [], \"outputs\": []}",
                "{\"inputs\": [{\"name\": \"a\"}], \"outputs\": []}",
                "{\"inputs\": [{\"name\": \"a\", \"datatype\": \"FP32\", \"shape\": [2], \"data\": [1]}], \"outputs\": []}",
                "{\"inputs\": [{\"name\": \"a\", \"datatype\": \"FP32\", \"shape\": [1], \"data\": [\"b\"]}], \"outputs\": []}"
            })
    void refusesWhatIsNone(String json) {
        assertThatThrownBy(() -> read(json)).isInstanceOf(FleetException.class).hasMessageContaining("samples.json");
    }

    private static Samples read(String json) {
        return Samples.read(json.getBytes(StandardCharsets.UTF_8));
    }

    private static NamedTensor answer(String name, double... values) {
        return new NamedTensor(name, "FP32", List.of(2L, 2L), values, List.of());
    }
}
