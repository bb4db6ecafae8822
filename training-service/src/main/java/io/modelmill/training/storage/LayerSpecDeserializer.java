package io.modelmill.training.storage;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonNode;
import io.modelmill.trainingspec.network.LayerCatalogue;
import io.modelmill.trainingspec.network.LayerSpec;
import io.modelmill.trainingspec.setting.Setting;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reads a layer with its settings as the numbers that they are, for {@code jsonb} tells neither 1 from 1.0 nor an int from a
 * long. It also reads layers as they were written when there were three types: with {@code units}, {@code activation} and
 * {@code rate} beside the type, 0 or empty where they meant nothing.
 */
final class LayerSpecDeserializer extends JsonDeserializer<LayerSpec> {
    private static final String UNITS = "units";
    private static final String ACTIVATION = "activation";
    private static final String RATE = "rate";

    /** Settings whose values are fractions. */
    private static final Set<String> FRACTIONS = LayerCatalogue.standard().types().stream()
            .flatMap(type -> type.settings().stream())
            .filter(setting -> setting.type() == Double.class)
            .map(Setting::name)
            .collect(Collectors.toSet());

    @Override
    public LayerSpec deserialize(JsonParser parser, DeserializationContext context) throws IOException {
        return layer(parser.readValueAsTree());
    }

    private static LayerSpec layer(JsonNode node) {
        String type = node.path("type").asText();
        if (!node.has("settings")) {
            return LayerSpec.of(type, earlier(type, node));
        }
        Map<String, Object> settings = new HashMap<>();
        node.path("settings")
                .properties()
                .forEach(setting -> settings.put(setting.getKey(), value(setting.getKey(), setting.getValue())));
        List<LayerSpec> inside = new ArrayList<>();
        node.path("layers").forEach(layer -> inside.add(layer(layer)));
        return new LayerSpec(type, settings, inside);
    }

    private static Map<String, Object> earlier(String type, JsonNode node) {
        Map<String, Object> settings = new HashMap<>();
        if (node.path(UNITS).asLong() != 0) {
            settings.put(UNITS, node.path(UNITS).asLong());
        }
        if (!node.path(ACTIVATION).asText().isEmpty()) {
            settings.put(ACTIVATION, node.path(ACTIVATION).asText());
        }
        if (type.equals("dropout")) {
            settings.put(RATE, node.path(RATE).asDouble());
        }
        return settings;
    }

    private static Object value(String name, JsonNode value) {
        if (value.isNumber()) {
            return FRACTIONS.contains(name) ? (Object) value.asDouble() : (Object) value.asLong();
        }
        if (value.isBoolean()) {
            return value.asBoolean();
        }
        if (value.isArray()) {
            List<Long> lengths = new ArrayList<>();
            value.forEach(length -> lengths.add(length.asLong()));
            return lengths;
        }
        return value.asText();
    }
}
