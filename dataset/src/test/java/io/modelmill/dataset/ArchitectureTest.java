package io.modelmill.dataset;

import io.modelmill.servicekit.fixture.ArchitectureRules;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    @Test
    void keepsTheRulesOfTheHouse() {
        ArchitectureRules.of("io.modelmill.dataset").check();
    }
}
