package io.modelmill.training.sweep;

import com.google.protobuf.Timestamp;
import com.google.protobuf.Value;
import com.google.protobuf.util.Timestamps;
import io.modelmill.proto.training.v1.Stopping;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.training.job.TrainingJobProtoMapper;
import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.job.TrainingSpecProtoMapper;
import io.modelmill.trainingspec.sweep.Domain;
import io.modelmill.trainingspec.sweep.Objective;
import io.modelmill.trainingspec.sweep.Parameter;
import io.modelmill.trainingspec.sweep.Scalar;
import io.modelmill.trainingspec.sweep.Search;
import io.modelmill.trainingspec.sweep.SearchSpace;
import io.modelmill.trainingspec.sweep.StoppingRule;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Between sweeps and what callers send and get. */
final class SweepProtoMapper {
    private static final int DEFAULT_REDUCTION = 3;
    private static final int DEFAULT_MIN_TRIALS = 3;

    private SweepProtoMapper() {}

    /** What {@link #message} wrote. */
    static SweepDefinition definition(io.modelmill.proto.training.v1.Sweep message) {
        Faults faults = Faults.ofSpec();
        SweepDefinition definition = definition(message, faults);
        if (!faults.isEmpty()) {
            throw new IllegalStateException("no definition of a sweep: " + faults.found());
        }
        return definition;
    }

    /** What a caller wants, with defaults filled in. Only what has no meaning here is noted as a fault. */
    static SweepDefinition definition(io.modelmill.proto.training.v1.Sweep message, Faults faults) {
        List<Parameter> parameters = new ArrayList<>();
        for (int i = 0; i < message.getParametersCount(); i++) {
            parameters.add(parameter(message.getParameters(i), faults.below("parameters", i)));
        }
        Search search = named(Search.class, message.getSearch(), "search", Search.RANDOM, faults);
        int trials = message.getTrialCount();
        if (trials == 0 && search == Search.GRID && faults.isEmpty()) {
            trials = (int) Math.min(Integer.MAX_VALUE, new SearchSpace(parameters).most(search));
        }
        if (message.getGoal().isEmpty()) {
            faults.add("goal", "", "maximize or minimize");
        }
        return new SweepDefinition(
                TrainingSpecProtoMapper.spec(message.getSpec()),
                message.getScheduling().getResourceClass(),
                TrainingJobProtoMapper.scheduling(message.getScheduling()),
                parameters,
                search,
                trials,
                message.getParallelism() == 0 ? 1 : message.getParallelism(),
                message.getSeed(),
                message.getMeasure(),
                named(Objective.class, message.getGoal(), "goal", Objective.MAXIMIZE, faults),
                stopping(message.getStopping(), faults),
                message.getPromoteAlias());
    }

    private static <E extends Enum<E>> E named(Class<E> type, String name, String field, E otherwise, Faults faults) {
        for (E one : type.getEnumConstants()) {
            if (lowerCase(one).equals(name)) {
                return one;
            }
        }
        if (!name.isEmpty()) {
            faults.add(
                    field,
                    name,
                    Arrays.stream(type.getEnumConstants())
                            .map(SweepProtoMapper::lowerCase)
                            .collect(Collectors.joining(" or ")));
        }
        return otherwise;
    }

    private static String lowerCase(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static StoppingRule stopping(Stopping message, Faults faults) {
        int minEpochs = message.getMinEpochs() == 0 ? 1 : message.getMinEpochs();
        int reduction = message.getReduction() == 0 ? DEFAULT_REDUCTION : message.getReduction();
        int minTrials = message.getMinTrials() == 0 ? DEFAULT_MIN_TRIALS : message.getMinTrials();
        String type = message.getType();
        Faults below = faults.below("stopping");
        below.check(
                message.getReduction() == 0 || type.equals("asha"),
                "reduction",
                reduction,
                "not set, unless type is asha");
        below.check(
                message.getMinTrials() == 0 || type.equals("median"),
                "min_trials",
                minTrials,
                "not set, unless type is median");
        return switch (type) {
            case "", "none" -> new StoppingRule.Never();
            case "asha" -> new StoppingRule.Asha(minEpochs, reduction);
            case "median" -> new StoppingRule.MedianStopping(minEpochs, minTrials);
            default -> {
                below.add("type", type, "none, asha or median");
                yield new StoppingRule.Never();
            }
        };
    }

    private static Parameter parameter(io.modelmill.proto.training.v1.Parameter message, Faults faults) {
        if (!message.hasRange()) {
            List<Scalar> values = new ArrayList<>();
            for (int i = 0; i < message.getValuesCount(); i++) {
                values.add(scalar(message.getValues(i), faults.below("values", i)));
            }
            return new Parameter(message.getPath(), new Domain.Values(values));
        }
        faults.check(message.getValuesCount() == 0, "range", "set", "not set, where there are values");
        var range = message.getRange();
        boolean whole = range.getWhole()
                && faults.check(isWhole(range.getMin()), "range.min", range.getMin(), "a whole number")
                        & faults.check(isWhole(range.getMax()), "range.max", range.getMax(), "a whole number");
        Domain domain = whole
                ? new Domain.WholeRange((long) range.getMin(), (long) range.getMax(), range.getLogarithmic())
                : new Domain.Range(range.getMin(), range.getMax(), range.getLogarithmic());
        return new Parameter(message.getPath(), domain);
    }

    private static boolean isWhole(double value) {
        return value == Math.rint(value) && Math.abs(value) <= 1L << 53;
    }

    private static Scalar scalar(Value value, Faults faults) {
        return switch (value.getKindCase()) {
            case NUMBER_VALUE -> new Scalar.Number(value.getNumberValue());
            case STRING_VALUE -> new Scalar.Text(value.getStringValue());
            case BOOL_VALUE -> new Scalar.Flag(value.getBoolValue());
            case NULL_VALUE, STRUCT_VALUE, LIST_VALUE, KIND_NOT_SET -> {
                faults.add("", shown(value), "a number, a text, true or false");
                yield new Scalar.Text("");
            }
        };
    }

    private static String shown(Value value) {
        return switch (value.getKindCase()) {
            case STRUCT_VALUE -> "fields";
            case LIST_VALUE -> "a list of " + value.getListValue().getValuesCount();
            default -> "null";
        };
    }

    /** What a definition says, defaults and all. */
    static io.modelmill.proto.training.v1.Sweep message(SweepDefinition definition) {
        var message = io.modelmill.proto.training.v1.Sweep.newBuilder()
                .setSpec(TrainingSpecProtoMapper.message(definition.common()))
                .setSearch(lowerCase(definition.search()))
                .setTrialCount(definition.trialCount())
                .setParallelism(definition.parallelism())
                .setSeed(definition.seed())
                .setMeasure(definition.measure())
                .setGoal(lowerCase(definition.objective()))
                .setPromoteAlias(definition.promoteAlias());
        message.setScheduling(TrainingJobProtoMapper.scheduling(definition.resourceClass(), definition.scheduling()));
        definition.parameters().forEach(parameter -> message.addParameters(message(parameter)));
        switch (definition.stopping()) {
            case StoppingRule.Never() -> message.getStoppingBuilder().setType("none");
            case StoppingRule.Asha(int minEpochs, int reduction) ->
                message.getStoppingBuilder()
                        .setType("asha")
                        .setMinEpochs(minEpochs)
                        .setReduction(reduction);
            case StoppingRule.MedianStopping(int minEpochs, int minTrials) ->
                message.getStoppingBuilder()
                        .setType("median")
                        .setMinEpochs(minEpochs)
                        .setMinTrials(minTrials);
        }
        return message.build();
    }

    private static io.modelmill.proto.training.v1.Parameter message(Parameter parameter) {
        var message = io.modelmill.proto.training.v1.Parameter.newBuilder().setPath(parameter.path());
        switch (parameter.domain()) {
            case Domain.Values(List<Scalar> values) -> values.forEach(value -> message.addValues(message(value)));
            case Domain.Range(double min, double max, boolean logarithmic) ->
                message.getRangeBuilder().setMin(min).setMax(max).setLogarithmic(logarithmic);
            case Domain.WholeRange(long min, long max, boolean logarithmic) ->
                message.getRangeBuilder()
                        .setMin(min)
                        .setMax(max)
                        .setLogarithmic(logarithmic)
                        .setWhole(true);
        }
        return message.build();
    }

    private static Value message(Scalar value) {
        return switch (value) {
            case Scalar.Number(double number) ->
                Value.newBuilder().setNumberValue(number).build();
            case Scalar.Text(String text) ->
                Value.newBuilder().setStringValue(text).build();
            case Scalar.Flag(boolean flag) ->
                Value.newBuilder().setBoolValue(flag).build();
        };
    }

    static io.modelmill.proto.training.v1.Sweep sweep(Sweeps.View view) {
        Sweep sweep = view.sweep();
        var message = message(sweep.definition()).toBuilder()
                .setName(sweep.name().toString())
                .setState(io.modelmill.proto.training.v1.Sweep.State.valueOf("STATE_" + sweep.state()))
                .setStateReason(sweep.reason())
                .setBegunCount(view.begun())
                .setCreateTime(timestamp(sweep.createTime()));
        view.best().ifPresent(best -> message.setBestTrial(trial(sweep, best)));
        sweep.endTime().ifPresent(time -> message.setEndTime(timestamp(time)));
        return message.build();
    }

    static io.modelmill.proto.training.v1.Trial trial(Sweep sweep, Trial trial) {
        var message = io.modelmill.proto.training.v1.Trial.newBuilder()
                .setNumber(trial.number())
                .setEpochs(trial.curve().epochs())
                .setStoppedEarly(trial.stopReason().isPresent());
        sweep.definition()
                .configuration(trial.number())
                .values()
                .forEach((path, value) -> message.putConfiguration(path, message(value)));
        trial.refusal().ifPresent(message::setReason);
        trial.job().ifPresent(job -> {
            message.setTrainingJob(sweep.name().job(trial.number()).toString())
                    .setState(TrainingJob.State.valueOf("STATE_" + job.state()))
                    .setReason(trial.stopReason().orElse(job.reason()));
            job.modelVersion().ifPresent(message::setModelVersion);
        });
        if (trial.curve().epochs() > 0) {
            message.setValue(trial.curve().points().getLast().value());
        }
        return message.build();
    }

    private static Timestamp timestamp(Instant time) {
        return Timestamps.fromNanos(
                Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000_000L), time.getNano()));
    }
}
