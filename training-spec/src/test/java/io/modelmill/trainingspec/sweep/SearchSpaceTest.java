package io.modelmill.trainingspec.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SearchSpaceTest {
    private static final Parameter RATE = new Parameter("optimizer.learning_rate", new Domain.Range(1e-4, 1e-1, true));
    private static final Parameter UNITS =
            new Parameter("network.layers[0].units", new Domain.WholeRange(8, 64, false));
    private static final Parameter TYPE = new Parameter(
            "optimizer.type", new Domain.Values(List.of(new Scalar.Text("sgd"), new Scalar.Text("adam"))));
    private static final Parameter BATCH = new Parameter(
            "batch_size",
            new Domain.Values(List.of(new Scalar.Number(16), new Scalar.Number(32), new Scalar.Number(64))));

    @Test
    void visitsEveryPointOfAGridOnceTheLastParameterFirst() {
        SearchSpace space = new SearchSpace(List.of(TYPE, BATCH));
        assertThat(space.most(Search.GRID)).isEqualTo(6);
        List<String> all = IntStream.range(0, 6)
                .mapToObj(number -> space.trial(Search.GRID, number, 1).values().toString())
                .toList();
        assertThat(all)
                .startsWith("{optimizer.type=sgd, batch_size=16}", "{optimizer.type=sgd, batch_size=32}")
                .endsWith("{optimizer.type=adam, batch_size=64}")
                .doesNotHaveDuplicates();
    }

    @Test
    void hasNoGridWhereValuesCannotBeCounted() {
        assertThat(new SearchSpace(List.of(TYPE, RATE)).most(Search.GRID)).isZero();
        assertThat(new SearchSpace(List.of(TYPE, UNITS)).most(Search.GRID)).isEqualTo(2 * 57);
        Parameter huge = new Parameter("seed", new Domain.WholeRange(1, Long.MAX_VALUE - 1, false));
        assertThat(new SearchSpace(List.of(TYPE, BATCH, huge)).size()).isEmpty();
    }

    @Test
    void drawsNoneTwiceOfListsOfValues() {
        SearchSpace space = new SearchSpace(List.of(TYPE, BATCH));
        assertThat(space.most(Search.RANDOM)).isEqualTo(6);
        Set<Configuration> drawn = IntStream.range(0, 6)
                .mapToObj(number -> space.trial(Search.RANDOM, number, 7))
                .collect(Collectors.toSet());
        assertThat(drawn).hasSize(6);
    }

    @Test
    void drawsTheSameForTheSameSeedAndOthersForAnother() {
        SearchSpace space = new SearchSpace(List.of(RATE, UNITS, TYPE));
        assertThat(space.most(Search.RANDOM)).isEqualTo(Long.MAX_VALUE);
        Configuration third = space.trial(Search.RANDOM, 2, 5);
        assertThat(space.trial(Search.RANDOM, 2, 5)).isEqualTo(third);
        assertThat(space.trial(Search.RANDOM, 2, 6)).isNotEqualTo(third);
        assertThat(space.trial(Search.RANDOM, 3, 5)).isNotEqualTo(third);
        assertThat(third.values().keySet())
                .containsExactly("optimizer.learning_rate", "network.layers[0].units", "optimizer.type");
    }

    @Test
    void drawsWithinRangesAndAsOftenInEachOrderOfMagnitude() {
        SearchSpace space = new SearchSpace(List.of(RATE, UNITS));
        int[] magnitudes = new int[3];
        Set<Double> units = new HashSet<>();
        for (int number = 0; number < 3000; number++) {
            Configuration configuration = space.trial(Search.RANDOM, number, 1);
            double rate = number(configuration, RATE);
            assertThat(rate).isBetween(1e-4, 1e-1);
            magnitudes[Math.min(2, (int) Math.floor(Math.log10(rate) + 4))]++;
            units.add(number(configuration, UNITS));
        }
        assertThat(IntStream.of(magnitudes).boxed())
                .allSatisfy(count -> assertThat(count).isBetween(900, 1100));
        assertThat(units).hasSize(57).allSatisfy(value -> assertThat(value).isBetween(8.0, 64.0));
    }

    @Test
    void drawsBothEndsOfALogarithmicRangeOfWholeNumbers() {
        Domain domain = new Domain.WholeRange(1, 4, true);
        SearchSpace space = new SearchSpace(List.of(new Parameter("epochs", domain)));
        Set<String> drawn = IntStream.range(0, 200)
                .mapToObj(number -> String.valueOf(
                        space.trial(Search.RANDOM, number, 3).values().get("epochs")))
                .collect(Collectors.toSet());
        assertThat(drawn).containsExactlyInAnyOrder("1", "2", "3", "4");
    }

    private static double number(Configuration configuration, Parameter parameter) {
        return ((Scalar.Number) Objects.requireNonNull(configuration.values().get(parameter.path()))).value();
    }
}
