package io.modelmill.trainingspec.network;

import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.setting.Settings;
import java.util.List;
import java.util.Optional;

/** What layers inside make of the input, added to the input. */
final class ResidualType extends NamedLayerType {
    static final LayerType RESIDUAL = new ResidualType();

    private ResidualType() {
        super("residual", List.of());
    }

    @Override
    public boolean nests() {
        return true;
    }

    @Override
    public Optional<Shape> output(Shape input, Settings settings, Faults faults) {
        return Rule.numbers(input, faults) ? Optional.of(input) : Optional.empty();
    }

    @Override
    public long parameters(Shape input, Settings settings) {
        return 0;
    }
}
