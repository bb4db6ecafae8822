package io.modelmill.trainingspec.network;

import io.modelmill.trainingspec.setting.Setting;
import java.util.List;

/** A layer with a name and settings. */
abstract class NamedLayerType implements LayerType {
    private final String name;
    private final List<Setting<?>> settings;

    NamedLayerType(String name, List<Setting<?>> settings) {
        this.name = name;
        this.settings = List.copyOf(settings);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<Setting<?>> settings() {
        return settings;
    }
}
