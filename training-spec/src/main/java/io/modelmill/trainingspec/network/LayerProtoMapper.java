package io.modelmill.trainingspec.network;

import com.google.protobuf.Descriptors.FieldDescriptor;
import io.modelmill.proto.training.v1.Layer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Between the API's layers and those of a spec. A setting's name is its field's. */
public final class LayerProtoMapper {
    private LayerProtoMapper() {}

    /** Takes what is set, whether it belongs to the layer's type or not. */
    public static List<LayerSpec> layers(List<Layer> layers) {
        return layers.stream().map(LayerProtoMapper::layer).toList();
    }

    private static LayerSpec layer(Layer layer) {
        Map<String, Object> settings = new HashMap<>();
        for (Map.Entry<FieldDescriptor, Object> field : layer.getAllFields().entrySet()) {
            if (isSetting(field.getKey())) {
                settings.put(field.getKey().getName(), value(field.getValue()));
            }
        }
        return new LayerSpec(layer.getType(), settings, layers(layer.getLayersList()));
    }

    /** Writes a spec's layers, whose settings must all be fields of the API's. */
    public static List<Layer> messages(List<LayerSpec> layers) {
        return layers.stream().map(LayerProtoMapper::message).toList();
    }

    private static Layer message(LayerSpec layer) {
        Layer.Builder message = Layer.newBuilder().setType(layer.type()).addAllLayers(messages(layer.layers()));
        layer.settings().forEach((name, value) -> {
            FieldDescriptor field = Layer.getDescriptor().findFieldByName(name);
            if (field == null || !isSetting(field)) {
                throw new IllegalArgumentException("no setting " + name);
            }
            message.setField(field, fieldValue(value));
        });
        return message.build();
    }

    private static boolean isSetting(FieldDescriptor field) {
        return field.getNumber() != Layer.TYPE_FIELD_NUMBER && field.getNumber() != Layer.LAYERS_FIELD_NUMBER;
    }

    private static Object value(Object field) {
        return switch (field) {
            case Integer number -> number.longValue();
            case List<?> numbers ->
                numbers.stream().map(number -> ((Integer) number).longValue()).toList();
            default -> field;
        };
    }

    private static Object fieldValue(Object value) {
        return switch (value) {
            case Long number -> Math.toIntExact(number);
            case List<?> numbers ->
                numbers.stream().map(number -> Math.toIntExact((Long) number)).toList();
            default -> value;
        };
    }
}
