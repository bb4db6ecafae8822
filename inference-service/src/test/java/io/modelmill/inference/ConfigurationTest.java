package io.modelmill.inference;

import io.modelmill.servicekit.fixture.ConfigurationRules;
import org.junit.jupiter.api.Test;

class ConfigurationTest {
    @Test
    void everyPropertyIsDocumented() {
        ConfigurationRules.everyPropertyIsDocumented("io.modelmill.inference");
    }
}
