package io.modelmill.worker.network;

import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.network.LayerSpec;
import io.modelmill.trainingspec.network.SequenceTypes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Tells embeddings how many tokens the data have. */
final class Vocabularies {
    private Vocabularies() {}

    /**
     * The same layers, each embedding that gives no size, or 0, with this one.
     *
     * @param faults takes each embedding of too few tokens, below {@code layers[...]}
     */
    static List<LayerSpec> fill(List<LayerSpec> layers, long size, Faults faults) {
        List<LayerSpec> filled = new ArrayList<>();
        for (int index = 0; index < layers.size(); index++) {
            filled.add(fill(layers.get(index), size, faults.below("layers", index)));
        }
        return filled;
    }

    private static LayerSpec fill(LayerSpec layer, long size, Faults faults) {
        if (!layer.type().equals(SequenceTypes.EMBEDDING.name())) {
            return new LayerSpec(layer.type(), layer.settings(), fill(layer.layers(), size, faults));
        }
        String name = SequenceTypes.VOCABULARY.name();
        Object given = layer.settings().getOrDefault(name, 0L);
        if (given.equals(0L)) {
            Map<String, Object> settings = new HashMap<>(layer.settings());
            settings.put(name, size);
            return new LayerSpec(layer.type(), settings, layer.layers());
        }
        // Anything else than a positive number is the catalogue's to refuse.
        boolean few = given instanceof Long entries && entries > 0 && entries < size;
        faults.check(!few, name, given, "at least " + size + ", the data's, or 0");
        return layer;
    }
}
