package io.modelmill.trainingspec.network;

import io.modelmill.proto.training.v1.Layer;
import io.modelmill.trainingspec.setting.SettingsProtoMapper;
import java.util.List;
import java.util.Set;

/** Between the API's layers and those of a spec. A setting's name is its field's. */
public final class LayerProtoMapper {
    private static final Set<String> NO_SETTINGS = Set.of("layers");

    private LayerProtoMapper() {}

    /** Takes what is set, whether it belongs to the layer's type or not. */
    public static List<LayerSpec> layers(List<Layer> layers) {
        return layers.stream()
                .map(layer -> new LayerSpec(
                        layer.getType(),
                        SettingsProtoMapper.settings(layer, NO_SETTINGS),
                        layers(layer.getLayersList())))
                .toList();
    }

    /** Writes a spec's layers, whose settings must all be fields of the API's. */
    public static List<Layer> messages(List<LayerSpec> layers) {
        return layers.stream().map(LayerProtoMapper::message).toList();
    }

    private static Layer message(LayerSpec layer) {
        Layer.Builder message = Layer.newBuilder().addAllLayers(messages(layer.layers()));
        SettingsProtoMapper.write(layer.type(), layer.settings(), NO_SETTINGS, message);
        return message.build();
    }
}
