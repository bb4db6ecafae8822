package io.modelmill.fleet.train;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Duration;
import io.modelmill.proto.training.v1.Scheduling;
import io.modelmill.proto.training.v1.TrainingSpec;
import java.math.BigDecimal;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Checks that a tree is a TrainingSpec in protobuf's JSON form. Names and types alone: what values may be is the service's to
 * say, which knows the data too.
 */
final class SpecProtoMapper {
    /** What whoever submits the job fills in. */
    private static final Set<String> FILLED_IN = Set.of("model", "datasetVersion");

    private static final Pattern DURATION = Pattern.compile("\\d{1,12}(\\.\\d{1,9})?s");

    private final Faults faults;

    private SpecProtoMapper(Faults faults) {
        this.faults = faults;
    }

    /** Notes every name that a TrainingSpec does not have and every value of another type. */
    static void check(Tree spec, String path, Faults faults) {
        new SpecProtoMapper(faults).message(spec, TrainingSpec.getDescriptor(), path, FILLED_IN);
    }

    /** The same of how the job takes its turn. */
    static void checkScheduling(Tree scheduling, String path, Faults faults) {
        new SpecProtoMapper(faults).message(scheduling, Scheduling.getDescriptor(), path, Set.of());
    }

    private void message(Tree value, Descriptor type, String path, Set<String> filledIn) {
        if (!(value instanceof Tree.Table table)) {
            faults.expected(value, path, "fields");
            return;
        }
        // In the JSON form a field may also be given by its name in the .proto file.
        Map<String, FieldDescriptor> fields =
                type.getFields().stream().collect(Collectors.toMap(FieldDescriptor::getJsonName, field -> field));
        Set<FieldDescriptor> given = new LinkedHashSet<>();
        table.entries().forEach((name, entry) -> {
            FieldDescriptor field = fields.getOrDefault(name, type.findFieldByName(name));
            String place = path + "." + name;
            if (field == null) {
                faults.add(table.lineOf(name), place, "unknown (expected: one of " + names(type, filledIn) + ")");
            } else if (filledIn.contains(field.getJsonName())) {
                faults.add(table.lineOf(name), place, "given (expected: left out, as the command fills it in)");
            } else if (!given.add(field)) {
                faults.add(table.lineOf(name), place, "a second time, under its other name (expected: once)");
            } else if (!(entry instanceof Tree.Nothing)) {
                field(entry, field, place);
            }
        });
    }

    private void field(Tree value, FieldDescriptor field, String path) {
        if (!field.isRepeated()) {
            single(value, field, path);
        } else if (value instanceof Tree.Items items) {
            List<Tree> values = items.values();
            for (int i = 0; i < values.size(); i++) {
                single(values.get(i), field, path + "[" + i + "]");
            }
        } else {
            faults.expected(value, path, "a list");
        }
    }

    private void single(Tree value, FieldDescriptor field, String path) {
        switch (field.getJavaType()) {
            case MESSAGE -> {
                if (field.getMessageType().equals(Duration.getDescriptor())) {
                    require(
                            value instanceof Tree.Text text
                                    && DURATION.matcher(text.value()).matches(),
                            value,
                            path,
                            "seconds such as \"600s\"");
                } else {
                    message(value, field.getMessageType(), path, Set.of());
                }
            }
            case INT -> require(isWhole(value, Integer.SIZE - 1), value, path, "a whole number of 32 bits");
            case LONG -> require(isWhole(value, Long.SIZE - 1), value, path, "a whole number of 64 bits");
            case FLOAT, DOUBLE ->
                require(
                        value instanceof Tree.Number number
                                && Double.isFinite(number.value().doubleValue()),
                        value,
                        path,
                        "a number");
            case BOOLEAN -> require(value instanceof Tree.Flag, value, path, "true or false");
            case STRING ->
                require(value instanceof Tree.Text, value, path, "text, in quotes if it looks like a number");
            case BYTE_STRING, ENUM ->
                throw new IllegalStateException(field.getFullName() + " has a type without a check");
        }
    }

    private void require(boolean holds, Tree value, String path, String expected) {
        if (!holds) {
            faults.expected(value, path, expected);
        }
    }

    private static boolean isWhole(Tree value, int bits) {
        if (!(value instanceof Tree.Number number)) {
            return false;
        }
        BigDecimal stripped = number.value().stripTrailingZeros();
        return stripped.scale() <= 0 && stripped.toBigInteger().bitLength() <= bits;
    }

    private static String names(Descriptor type, Set<String> filledIn) {
        return type.getFields().stream()
                .map(FieldDescriptor::getJsonName)
                .filter(name -> !filledIn.contains(name))
                .collect(Collectors.joining(", "));
    }
}
