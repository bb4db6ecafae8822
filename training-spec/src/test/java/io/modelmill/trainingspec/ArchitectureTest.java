package io.modelmill.trainingspec;

import io.modelmill.servicekit.fixture.ArchitectureRules;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    @Test
    void keepsTheRulesOfTheHouse() {
        ArchitectureRules.of("io.modelmill.trainingspec").check();
    }
}
