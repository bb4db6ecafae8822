package io.modelmill.trainingspec.optimization;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import io.modelmill.proto.training.v1.AdversarialTraining;
import io.modelmill.proto.training.v1.Loss;
import io.modelmill.proto.training.v1.Optimizer;
import io.modelmill.proto.training.v1.Schedule;
import io.modelmill.trainingspec.setting.Catalogue;
import io.modelmill.trainingspec.setting.Setting;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The API has the settings of the catalogues and no other, each of a type that holds its values. */
class ApiFieldsTest {
    static Stream<Arguments> catalogues() {
        return Stream.of(
                Arguments.of(Loss.getDescriptor(), Losses.CATALOGUE),
                Arguments.of(Optimizer.getDescriptor(), Optimizers.CATALOGUE),
                Arguments.of(Schedule.getDescriptor(), Schedules.CATALOGUE),
                Arguments.of(AdversarialTraining.getDescriptor(), AdversarialTypes.CATALOGUE));
    }

    @ParameterizedTest
    @MethodSource("catalogues")
    void areTheSettingsOfTheCatalogue(Descriptor message, Catalogue catalogue) {
        assertThat(message.getFields().stream()
                        .filter(field -> !field.getName().equals("type"))
                        .collect(Collectors.toMap(FieldDescriptor::getName, ApiFieldsTest::type)))
                .isEqualTo(catalogue.entries().stream()
                        .flatMap(entry -> entry.settings().stream())
                        .collect(Collectors.toMap(Setting::name, Setting::type, (one, same) -> one)));
    }

    private static Class<?> type(FieldDescriptor field) {
        if (field.isRepeated()) {
            return List.class;
        }
        assertThat(field.hasPresence())
                .as("whether %s can be told from 0", field)
                .isTrue();
        return switch (field.getJavaType()) {
            case INT -> Long.class;
            case DOUBLE -> Double.class;
            case BOOLEAN -> Boolean.class;
            case STRING -> String.class;
            default -> throw new AssertionError(field);
        };
    }
}
