package io.modelmill.trainingspec.sweep;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.modelmill.proto.training.v1.TrainingSpec;
import io.modelmill.trainingspec.job.TrainingSpecProtoMapper;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** From what all trials of a sweep have in common and what one tries, to the spec of that one's job. */
public final class TrialSpecProtoMapper {
    private static final Pattern SEGMENT = Pattern.compile("([a-z][a-z0-9_]*)(?:\\[(\\d{1,9})])?");
    /** Trials make versions of one model, from their own first step, and the sweep says which gets an alias. */
    private static final Set<String> COMMON = Set.of("model", "aliases", "resume_from");

    private TrialSpecProtoMapper() {}

    /**
     * The spec of a trial.
     *
     * @throws MisfitException if a value has no place in the spec
     */
    public static TrainingSpec apply(TrainingSpec common, Configuration configuration) {
        TrainingSpec.Builder trial = common.toBuilder();
        for (Map.Entry<String, Scalar> value : configuration.values().entrySet()) {
            set(trial, value.getKey(), value.getValue());
        }
        return trial.build();
    }

    /** The same of specs as the rules know them. */
    public static io.modelmill.trainingspec.job.TrainingSpec apply(
            io.modelmill.trainingspec.job.TrainingSpec common, Configuration configuration) {
        return TrainingSpecProtoMapper.spec(apply(TrainingSpecProtoMapper.message(common), configuration));
    }

    private static void set(TrainingSpec.Builder spec, String path, Scalar value) {
        Deque<String> segments = new ArrayDeque<>();
        for (String segment : path.split("\\.", -1)) {
            segments.add(segment);
        }
        set(spec, segments, new Place(path, value));
    }

    private static void set(Message.Builder message, Deque<String> segments, Place place) {
        Matcher segment = SEGMENT.matcher(segments.pop());
        FieldDescriptor field =
                segment.matches() ? message.getDescriptorForType().findFieldByName(segment.group(1)) : null;
        boolean common =
                message instanceof TrainingSpec.Builder && COMMON.contains(segment.matches() ? segment.group(1) : "");
        if (field == null || common) {
            throw place.misfit("a field of a TrainingSpec that trials may differ in");
        }
        String index = segment.group(2);
        if (field.isRepeated() != (index != null)) {
            throw place.misfit(
                    field.isRepeated()
                            ? field.getName() + "[0] to [" + (message.getRepeatedFieldCount(field) - 1)
                                    + "], for it is a list"
                            : field.getName() + " without an index, for it is no list");
        }
        if (index != null && Integer.parseInt(index) >= message.getRepeatedFieldCount(field)) {
            throw place.misfit(
                    "an index below " + message.getRepeatedFieldCount(field) + ", as the spec has " + field.getName());
        }
        boolean leaf = segments.isEmpty();
        if (leaf != (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE)) {
            throw place.misfit(
                    leaf
                            ? "a field with a value, and " + field.getName() + " has fields"
                            : "no field below " + field.getName());
        }
        if (!leaf) {
            set(
                    index == null
                            ? message.getFieldBuilder(field)
                            : message.getRepeatedFieldBuilder(field, Integer.parseInt(index)),
                    segments,
                    place);
        } else if (index == null) {
            message.setField(field, place.as(field.getJavaType()));
        } else {
            message.setRepeatedField(field, Integer.parseInt(index), place.as(field.getJavaType()));
        }
    }

    /** A value and where it shall be. */
    private record Place(String path, Scalar value) {
        Object as(FieldDescriptor.JavaType type) {
            return switch (type) {
                case INT -> (int) whole(Integer.MIN_VALUE, Integer.MAX_VALUE);
                // Beyond, not every whole number is a double.
                case LONG -> whole(-(1L << 53), 1L << 53);
                case DOUBLE -> number();
                case FLOAT -> (float) number();
                case BOOLEAN -> {
                    if (value instanceof Scalar.Flag(boolean flag)) {
                        yield flag;
                    }
                    throw misfit("true or false");
                }
                case STRING -> {
                    if (value instanceof Scalar.Text(String text)) {
                        yield text;
                    }
                    throw misfit("a text");
                }
                case BYTE_STRING, ENUM, MESSAGE -> throw misfit("a number, a text, true or false");
            };
        }

        private long whole(long min, long max) {
            double number = number();
            if (number != Math.rint(number) || number < min || number > max) {
                throw misfit("a whole number");
            }
            return (long) number;
        }

        private double number() {
            if (value instanceof Scalar.Number(double number) && Double.isFinite(number)) {
                return number;
            }
            throw misfit("a number");
        }

        MisfitException misfit(String expected) {
            return new MisfitException(path, value, expected);
        }
    }
}
