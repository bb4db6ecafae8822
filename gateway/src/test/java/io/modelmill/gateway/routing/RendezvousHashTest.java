package io.modelmill.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class RendezvousHashTest {
    private static final List<String> NODES =
            List.of("10.0.0.1:7431", "10.0.0.2:7431", "10.0.0.3:7431", "10.0.0.4:7431");

    @Test
    void orderDependsOnNamesAlone() {
        List<String> reversed = NODES.reversed();

        for (int model = 0; model < 100; model++) {
            assertThat(order(NODES, key(model)))
                    .isEqualTo(order(reversed, key(model)))
                    .hasSize(NODES.size());
        }
    }

    /** Replicas and versions of the gateway must agree; computed apart, with Python's integers. */
    @Test
    void orderIsPinned() {
        assertThat(order(NODES, "acme.digits"))
                .containsExactly("10.0.0.4:7431", "10.0.0.2:7431", "10.0.0.1:7431", "10.0.0.3:7431");
    }

    @Test
    void aNodeThatGoesMovesItsOwnKeysOnly() {
        List<String> without = new ArrayList<>(NODES);
        String gone = without.remove(1);

        for (int model = 0; model < 1_000; model++) {
            List<String> before = order(NODES, key(model));
            List<String> expected = new ArrayList<>(before);
            expected.remove(gone);
            assertThat(order(without, key(model))).isEqualTo(expected);
        }
    }

    @Test
    void spreadsKeysEvenly() {
        Map<String, Integer> first = new HashMap<>();
        for (int model = 0; model < 10_000; model++) {
            first.merge(order(NODES, key(model)).getFirst(), 1, Integer::sum);
        }

        assertThat(first.values()).allSatisfy(count -> assertThat(count).isBetween(2_250, 2_750));
    }

    private static List<String> order(List<String> nodes, String key) {
        return RendezvousHash.order(nodes, Function.identity(), key);
    }

    private static String key(int model) {
        return "acme.model-" + model;
    }
}
