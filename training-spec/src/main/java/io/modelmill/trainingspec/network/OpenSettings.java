package io.modelmill.trainingspec.network;

import io.modelmill.trainingspec.fault.Faults;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** What a job may leave to its data: the entries of an embedding, and the units of the last dense layer. */
public final class OpenSettings {
    private OpenSettings() {}

    /**
     * The same layers, each embedding that gives no size, or 0, with this one.
     *
     * @param size tokens of the data
     * @param faults takes each embedding of fewer tokens, below {@code layers[...]}
     */
    public static List<LayerSpec> fillVocabulary(List<LayerSpec> layers, long size, Faults faults) {
        List<LayerSpec> filled = new ArrayList<>();
        for (int index = 0; index < layers.size(); index++) {
            filled.add(fillVocabulary(layers.get(index), size, faults.below("layers", index)));
        }
        return filled;
    }

    private static LayerSpec fillVocabulary(LayerSpec layer, long size, Faults faults) {
        if (!layer.type().equals(SequenceTypes.EMBEDDING.name())) {
            return new LayerSpec(layer.type(), layer.settings(), fillVocabulary(layer.layers(), size, faults));
        }
        String name = SequenceTypes.VOCABULARY.name();
        Object given = layer.settings().getOrDefault(name, 0L);
        if (given.equals(0L)) {
            return with(layer, name, size);
        }
        // Anything else than a positive number is the catalogue's to refuse.
        boolean few = given instanceof Long entries && entries > 0 && entries < size;
        faults.check(!few, name, given, "at least " + size + ", the data's, or 0");
        return layer;
    }

    /**
     * The same layers, the last dense one with as many units as the data ask for if it gives none.
     *
     * @param outputs such as the number of classes
     * @param why what the outputs are, such as {@code the number of classes}, for messages
     * @param faults takes other units than these, below {@code layers[...]}
     */
    public static List<LayerSpec> fillUnits(List<LayerSpec> layers, long outputs, String why, Faults faults) {
        OptionalInt last = lastDense(layers);
        if (last.isEmpty()) {
            return layers;
        }
        LayerSpec layer = layers.get(last.getAsInt());
        String name = DenseTypes.UNITS.name();
        Object given = layer.settings().get(name);
        if (given != null) {
            faults.below("layers", last.getAsInt()).check(given.equals(outputs), name, given, outputs + ", " + why);
            return layers;
        }
        List<LayerSpec> filled = new ArrayList<>(layers);
        filled.set(last.getAsInt(), with(layer, name, outputs));
        return filled;
    }

    /** Where the last dense layer stands that is not inside another. */
    public static OptionalInt lastDense(List<LayerSpec> layers) {
        return IntStream.range(0, layers.size())
                .filter(index -> layers.get(index).type().equals(DenseTypes.DENSE.name()))
                .reduce((before, last) -> last);
    }

    private static LayerSpec with(LayerSpec layer, String name, long value) {
        Map<String, Object> settings = new HashMap<>(layer.settings());
        settings.put(name, value);
        return new LayerSpec(layer.type(), settings, layer.layers());
    }
}
