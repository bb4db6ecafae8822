package io.modelmill.worker.network;

import io.modelmill.worker.failure.JobFailedException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The layers that a job may ask for. A new kind of layer is one more {@link LayerType} here, with its torch part and its
 * ONNX part in one class; a test exports every entry and compares it with the trainer.
 */
public final class LayerCatalogue {
    private final Map<String, LayerType> types = new LinkedHashMap<>();

    private LayerCatalogue(List<LayerType> types) {
        for (LayerType type : types) {
            if (this.types.put(type.name(), type) != null) {
                throw new IllegalArgumentException("two layers are named " + type.name());
            }
        }
    }

    /** All that this trainer knows. */
    public static LayerCatalogue standard() {
        return new LayerCatalogue(List.of(DenseLayer.TYPE, ActivationLayer.TYPE, DropoutLayer.TYPE));
    }

    /** Names of all entries. */
    public Set<String> names() {
        return Set.copyOf(types.keySet());
    }

    /**
     * Finds an entry.
     *
     * @param position of the layer in the network, from 0, for the message
     */
    LayerType require(String name, int position) {
        LayerType type = types.get(name);
        if (type == null) {
            throw new JobFailedException("network.layers[%d].type: `%s` (expected: %s)"
                    .formatted(position, name, String.join(", ", types.keySet())));
        }
        return type;
    }
}
