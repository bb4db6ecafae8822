package io.modelmill.gateway;

import io.modelmill.servicekit.fixture.ArchitectureRules;
import io.modelmill.servicekit.fixture.ConfigurationRules;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    @Test
    void keepsTheRulesOfTheHouse() {
        ArchitectureRules.of("io.modelmill.gateway").check();
    }

    @Test
    void everyPropertyIsDocumented() {
        ConfigurationRules.everyPropertyIsDocumented("io.modelmill.gateway");
    }
}
