package io.modelmill.training.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.trainingspec.job.Estimate;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.runtime.configuration.MemorySizeConverter;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ResourceClassesTest {
    private static final long GIBIBYTE = 1L << 30;
    private static final Map<String, String> THREE = Map.of(
            "modelmill.resources.offered", "gpu,large,small",
            "modelmill.resources.class.small.cores", "1",
            "modelmill.resources.class.small.memory", "2G",
            "modelmill.resources.class.large.cores", "4",
            "modelmill.resources.class.large.memory", "8G",
            "modelmill.resources.class.gpu.cores", "4",
            "modelmill.resources.class.gpu.memory", "16G",
            "modelmill.resources.class.gpu.gpus", "1");

    @Test
    void takesSmallestThatHoldsTheJobAndAGpuLast() {
        ResourceClasses classes = classes(THREE);
        assertThat(classes.choose("", Optional.empty()).name()).isEqualTo("small");
        assertThat(classes.choose("", needs(2 * GIBIBYTE)).name()).isEqualTo("small");
        assertThat(classes.choose("", needs(2 * GIBIBYTE + 1)).name()).isEqualTo("large");
        assertThat(classes.choose("", needs(9 * GIBIBYTE)))
                .isEqualTo(new ResourceClass("gpu", new Resources(4, 16 * GIBIBYTE, 1)));
    }

    @Test
    void takesTheOneThatIsWishedFor() {
        assertThat(classes(THREE).choose("gpu", needs(1)).name()).isEqualTo("gpu");
    }

    @Test
    void tellsMostMemory() {
        assertThat(classes(THREE).mostMemory("")).isEqualTo(16 * GIBIBYTE);
        assertThat(classes(THREE).mostMemory("small")).isEqualTo(2 * GIBIBYTE);
        assertThat(classes(THREE).mostMemory("huge")).isEqualTo(16 * GIBIBYTE);
    }

    @Test
    void refusesWishForAnother() {
        Violations violations = new Violations();
        classes(THREE).check("huge", "scheduling.resource_class", violations);
        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(violations::throwIfAny)
                .withMessageContaining("scheduling.resource_class")
                .withMessageContaining("huge")
                .withMessageContaining("one of small, large, gpu");
        Violations none = new Violations();
        classes(THREE).check("", "scheduling.resource_class", none);
        classes(THREE).check("small", "scheduling.resource_class", none);
        assertThatCode(none::throwIfAny).doesNotThrowAnyException();
    }

    @Test
    void tellsEveryFaultOfTheConfiguration() {
        assertThatIllegalStateException()
                .isThrownBy(() -> classes(Map.of(
                        "modelmill.resources.offered", "tiny,odd",
                        "modelmill.resources.class.odd.cores", "0",
                        "modelmill.resources.class.odd.memory", "0",
                        "modelmill.resources.class.odd.gpus", "-1")))
                .withMessage("modelmill.resources.class.tiny: not set (expected: cores and memory, for it is offered);"
                        + " modelmill.resources.class.odd.cores: 0 (expected: >= 1);"
                        + " modelmill.resources.class.odd.memory: 0 (expected: >= 1);"
                        + " modelmill.resources.class.odd.gpus: -1 (expected: >= 0)");
    }

    private static Optional<Estimate> needs(long memoryBytes) {
        return Optional.of(new Estimate(1, memoryBytes, 1));
    }

    private static ResourceClasses classes(Map<String, String> settings) {
        SmallRyeConfigBuilder builder = new SmallRyeConfigBuilder()
                .withConverter(MemorySize.class, 100, new MemorySizeConverter())
                .withMapping(ResourceConfig.class);
        settings.forEach(builder::withDefaultValue);
        return new ResourceClasses(builder.build().getConfigMapping(ResourceConfig.class));
    }
}
