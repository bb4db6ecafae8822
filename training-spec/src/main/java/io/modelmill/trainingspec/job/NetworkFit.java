package io.modelmill.trainingspec.job;

import io.modelmill.trainingspec.fault.Fault;
import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.job.DataSpec.Text;
import io.modelmill.trainingspec.network.DenseTypes;
import io.modelmill.trainingspec.network.LayerCatalogue;
import io.modelmill.trainingspec.network.LayerSpec;
import io.modelmill.trainingspec.network.OpenSettings;
import io.modelmill.trainingspec.network.PlannedLayer;
import io.modelmill.trainingspec.network.Shape;
import io.modelmill.trainingspec.optimization.Losses;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/** Whether layers fit together, take the rows, and answer what the task asks for. */
final class NetworkFit {
    private static final LayerCatalogue LAYERS = LayerCatalogue.standard();

    private final TrainingSpec spec;
    private final Task task;
    private final Faults faults;

    /** @param faults takes what is wrong, below {@code network} */
    NetworkFit(TrainingSpec spec, Task task, Faults faults) {
        this.spec = spec;
        this.task = task;
        this.faults = faults;
    }

    /**
     * Plans the network.
     *
     * @param input empty if the columns are wrong
     * @param outputs values of an answer, where the label tells
     */
    Optional<NetworkPlan> check(Optional<RowInput> input, OptionalLong outputs) {
        List<LayerSpec> layers = filled(input, outputs);
        Faults byThemselves = Faults.ofSpec();
        LAYERS.check(layers, byThemselves);
        if (input.isEmpty() || !byThemselves.isEmpty()) {
            // What is wrong by itself has been told.
            return Optional.empty();
        }
        Optional<List<PlannedLayer>> planned = plan(layers, input.get());
        planned.ifPresent(fitting -> checkOutput(fitting, input.get(), outputs));
        return planned.map(fitting -> new NetworkPlan(input.get(), fitting));
    }

    /** The layers with what the data tell, where the job leaves it to them. */
    private List<LayerSpec> filled(Optional<RowInput> input, OptionalLong outputs) {
        List<LayerSpec> layers = spec.layers();
        if (outputs.isPresent()) {
            layers = OpenSettings.fillUnits(layers, outputs.getAsLong(), why(), faults);
        }
        if (task == Task.AUTOENCODING && input.isPresent()) {
            // Units that do not fit are told by the shape of the output, for other layers can come behind.
            layers = OpenSettings.fillUnits(layers, reconstructed(input.get().shape()), "", Faults.ofSpec());
        }
        if (spec.data().text().isPresent()) {
            // Only the training rows tell the vocabulary: it has at most so many tokens.
            Text text = spec.data().text().get();
            layers = OpenSettings.fillVocabulary(layers, text.vocabularySize(), Faults.ofSpec());
            if (task != Task.CLASSIFICATION && task != Task.REGRESSION) {
                checkTokens(layers, text);
                layers = OpenSettings.fillUnits(layers, text.vocabularySize(), "", Faults.ofSpec());
            }
        }
        return layers;
    }

    private String why() {
        if (task == Task.REGRESSION) {
            return "one number is predicted";
        }
        return spec.loss().type().equals(Losses.BINARY_CROSS_ENTROPY.name())
                ? "binary_cross_entropy takes one output"
                : "the number of classes in \"" + spec.data().labelColumn() + "\"";
    }

    /** Units of an autoencoder's last dense layer, whose values layers behind it may share out over several axes. */
    private static long reconstructed(Shape input) {
        return input.isFixed() ? input.size() : input.width();
    }

    private void checkTokens(List<LayerSpec> layers, Text text) {
        OpenSettings.lastDense(layers).ifPresent(last -> {
            Object units = layers.get(last).settings().get(DenseTypes.UNITS.name());
            faults.below("layers", last)
                    .check(
                            !(units instanceof Long given) || given <= text.vocabularySize(),
                            DenseTypes.UNITS.name(),
                            units == null ? "" : units,
                            "not set, for the tokens of the data, or at most " + text.vocabularySize()
                                    + ", data.text.vocabulary_size");
        });
    }

    private Optional<List<PlannedLayer>> plan(List<LayerSpec> layers, RowInput input) {
        Faults found = Faults.ofSpec();
        Optional<List<PlannedLayer>> planned = LAYERS.plan(layers, input.shape(), found);
        if (!input.exact()) {
            // What holds for one width alone may be right for that of the training rows.
            Faults other = Faults.ofSpec();
            Optional<List<PlannedLayer>> wider =
                    LAYERS.plan(layers, Shape.numbers(input.shape().width() + 1), other);
            Set<String> always = other.found().stream().map(Fault::path).collect(Collectors.toSet());
            found.found().stream()
                    .filter(fault -> always.contains(fault.path()))
                    .forEach(fault -> faults.add(fault.path(), fault.offending(), fault.expected()));
            return planned.or(() -> wider);
        }
        if (planned.isPresent() && input.shape().equals(Shape.tokens(Shape.ANY))) {
            // Positions must reach as far as texts.
            long longest = spec.data().text().map(Text::maxLength).orElse(1);
            var _ = LAYERS.plan(layers, Shape.tokens(longest), found);
        }
        found.found().forEach(fault -> faults.add(fault.path(), fault.offending(), fault.expected()));
        return found.isEmpty() ? planned : Optional.empty();
    }

    private void checkOutput(List<PlannedLayer> layers, RowInput rows, OptionalLong outputs) {
        Shape input = rows.shape();
        Shape answered = layers.getLast().output();
        String field = "layers[" + (layers.size() - 1) + "]";
        String offending = "an output of " + answered;
        switch (task) {
            case CLASSIFICATION, REGRESSION -> {
                boolean row = faults.check(answered.rank() == 1, field, offending, "one row of values");
                faults.check(
                        !row
                                || outputs.isEmpty()
                                || isTold(outputs.getAsLong())
                                || answered.width() == outputs.getAsLong(),
                        field,
                        offending,
                        "[" + outputs.orElse(0) + "], " + why());
            }
            case AUTOENCODING ->
                faults.check(
                        rows.exact() ? answered.equals(input) : answered.rank() == 1,
                        field,
                        offending,
                        input + ", as the network's input");
            case LANGUAGE_MODELLING ->
                faults.check(
                        answered.rank() == 2 && answered.axis(0) == input.axis(0),
                        field,
                        offending,
                        "[any, tokens]: an answer for each token");
            case WORD_EMBEDDING ->
                faults.check(answered.rank() == 1, field, offending, "one row of values: flatten must come before");
            case QUANTIZATION -> {}
        }
    }

    /** Whether the last dense layer gives other units than the data ask for, which is a fault of its own. */
    private boolean isTold(long outputs) {
        return OpenSettings.lastDense(spec.layers()).stream()
                .mapToObj(last -> spec.layers().get(last).settings().get(DenseTypes.UNITS.name()))
                .anyMatch(units -> units != null && !units.equals(outputs));
    }
}
