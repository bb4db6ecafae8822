package io.modelmill.worker.card;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelCardTest {
    @TempDir
    Path folder;

    @Test
    void tellsProgramsAndPeople() {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("test_accuracy", 0.91);
        metrics.put("baseline_accuracy", 0.25);
        var card = new ModelCard(
                "tenants/acme/models/m",
                "tenants/acme/datasets/d/versions/1",
                Map.of("dropped_missing_rows", 2L),
                Map.of("parameters", 12L),
                Map.of("loss", "<b>|\nhuber"),
                "10 rows that were held out",
                metrics,
                "the class `a`",
                1234,
                1.5,
                OptionalDouble.of(20));
        assertThat(text(card.json()))
                .contains(
                        "\"model\": \"tenants/acme/models/m\"",
                        "\"test_accuracy\": 0.91",
                        "\"loss\": \"<b>|\\nhuber\"",
                        "\"energy_joules\": 20.0");
        assertThat(text(card.text()))
                .startsWith("# tenants/acme/models/m\n")
                .contains(
                        "| dropped missing rows | 2 |",
                        "| test_accuracy | 0.910000 | 0.250000 |",
                        "| loss | \\<b\\>\\| huber |",
                        "the class \\`a\\`",
                        "| size of the graph | 1,234 bytes |",
                        "| energy of the machine | 20.0000 J |")
                .doesNotContain("| baseline_accuracy");
    }

    /** Whoever serves takes no fewer. */
    @Test
    void servesTextsOfOneTokenToo() {
        assertThat(text(ServingFile.ofTexts("tokenizer.json", 1, "probabilities")))
                .contains("\"maxTokens\": 3");
    }

    @Test
    void saysHowTextsAreServed() {
        assertThat(text(ServingFile.ofTexts("tokenizer.json", 64, "probabilities")))
                .isEqualTo("""
                        {
                          "pipeline": {
                            "tokenizer": "tokenizer.json",
                            "maxTokens": 64,
                            "output": "probabilities",
                            "pooling": "NONE"
                          }
                        }
                        """);
    }

    @Test
    void writesJson() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("numbers", List.of(1, 2.5, 3L));
        map.put("rows", List.of(List.of(1L, 2L), List.of(3L)));
        map.put("none", List.of());
        map.put("empty", Map.of());
        map.put("odd", Arrays.asList(Double.NaN, null, true, "a\"b\\c\ud83d\ude00\ud83d"));
        assertThat(text(Facts.json(map))).isEqualTo("""
                        {
                          "numbers": [1, 2.5, 3],
                          "rows": [
                            [1, 2],
                            [3]
                          ],
                          "none": [],
                          "empty": {},
                          "odd": [
                            null,
                            null,
                            true,
                            "a\\"b\\\\c\ud83d\ude00?"
                          ]
                        }
                        """);
    }

    @Test
    void addsUpCountersThatBeginAnew() throws Exception {
        counters("intel-rapl:0", 900_000, 1_000_000);
        counters("intel-rapl:1", 0, 1_000_000);
        EnergyMeter meter = EnergyMeter.start(folder);
        counters("intel-rapl:0", 100_000, 1_000_000);
        meter.read();
        counters("intel-rapl:0", 300_000, 1_000_000);
        counters("intel-rapl:1", 50_000, 1_000_000);
        assertThat(meter.joules().orElseThrow()).isCloseTo(0.45, within(1e-9));
    }

    @Test
    void tellsNothingWhereTheMachineDoesNot() throws Exception {
        assertThat(EnergyMeter.start(folder).joules()).isEmpty();
        assertThat(EnergyMeter.start(folder.resolve("missing")).joules()).isEmpty();
        counters("intel-rapl:0", 1, 2);
        EnergyMeter meter = EnergyMeter.start(folder);
        Files.writeString(folder.resolve("intel-rapl:0").resolve("energy_uj"), "?");
        assertThat(meter.joules()).isEmpty();
    }

    private void counters(String zone, long energy, long range) throws Exception {
        Path zoneFolder = Files.createDirectories(folder.resolve(zone));
        Files.writeString(zoneFolder.resolve("energy_uj"), energy + "\n");
        Files.writeString(zoneFolder.resolve("max_energy_range_uj"), range + "\n");
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
