package io.modelmill.worker.card;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What a model is, what it learned from and how good it is.
 *
 * @param model resource name of the model that gets the version
 * @param dataset resource name of the rows
 * @param data facts about the rows, by name
 * @param network facts about the network, by name
 * @param training how it was trained, by name
 * @param measuredRows which rows the final measures are of, in words
 * @param metrics final measures, those of the baseline with them
 * @param baseline what the baseline answers, in words
 * @param graphBytes size of the graph's file
 * @param seconds that training took, all attempts' measured parts left out but the last's
 * @param joules that the machine used meanwhile; empty where it does not tell
 */
public record ModelCard(
        String model,
        String dataset,
        Map<String, Object> data,
        Map<String, Object> network,
        Map<String, Object> training,
        String measuredRows,
        Map<String, Double> metrics,
        String baseline,
        long graphBytes,
        double seconds,
        OptionalDouble joules) {
    /** File of a version for programs. */
    public static final String JSON_FILE = "model-card.json";

    /** File of a version for people. */
    public static final String TEXT_FILE = "model-card.md";

    private static final String NO_ENERGY = "not measured: the machine does not tell";

    /** For programs. */
    public byte[] json() {
        Map<String, Object> card = new LinkedHashMap<>();
        card.put("model", model);
        card.put("dataset_version", dataset);
        card.put("data", data);
        card.put("network", network);
        card.put("training", training);
        card.put("measured_rows", measuredRows);
        card.put("metrics", metrics);
        card.put("baseline", baseline);
        card.put("graph_bytes", graphBytes);
        card.put("training_seconds", seconds);
        card.put("energy_joules", joules.isPresent() ? (Object) joules.getAsDouble() : NO_ENERGY);
        return Facts.json(card);
    }

    /** For people, as Markdown. */
    public byte[] text() {
        var text = new StringBuilder("# ").append(escaped(model)).append("\n\n");
        text.append("Trained on ").append(escaped(dataset)).append(".\n");
        section(text, "Data", data);
        section(text, "Network", network);
        section(text, "Training", training);
        text.append("\n## Measures\nOf ")
                .append(escaped(measuredRows))
                .append(". The baseline answers ")
                .append(escaped(baseline))
                .append(".\n\n| measure | model | baseline |\n|---|---|---|\n");
        metrics.forEach((name, value) -> {
            if (!name.startsWith("baseline_")) {
                Double trivial = metrics.get("baseline_" + name.substring(name.indexOf('_') + 1));
                text.append("| %s | %s | %s |\n".formatted(name, shown(value), trivial == null ? "" : shown(trivial)));
            }
        });
        text.append("\n## Cost\n| | |\n|---|---|\n");
        text.append("| size of the graph | %,d bytes |\n".formatted(graphBytes));
        text.append("| time of training | %s s |\n".formatted(shown(seconds)));
        text.append("| energy of the machine | %s |\n"
                .formatted(joules.isPresent() ? shown(joules.getAsDouble()) + " J" : NO_ENERGY));
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void section(StringBuilder text, String title, Map<String, Object> facts) {
        text.append("\n## ").append(title).append("\n| | |\n|---|---|\n");
        facts.forEach((name, value) ->
                text.append("| %s | %s |\n".formatted(escaped(name.replace('_', ' ')), escaped(shown(value)))));
    }

    private static String shown(Object value) {
        return value instanceof Double number ? String.format(Locale.ROOT, "%.6g", number) : String.valueOf(value);
    }

    /** What comes from data must not become markup. */
    private static String escaped(String text) {
        return text.replaceAll("[\\p{Cntrl}]", " ").replaceAll("([\\\\|`*_<>\\[\\]])", "\\\\$1");
    }

    /** Measures that are no single number, as the file {@code evaluation.json}. */
    public static byte[] evaluation(Map<String, Object> details) {
        return Facts.json(details);
    }
}
