package io.modelmill.training.run;

import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import java.util.Locale;

/** The runner that the configuration names; the others are never made. */
@ApplicationScoped
class RunnerChoice {
    private final RunnerConfig config;
    private final Instance<Runner> runners;

    RunnerChoice(RunnerConfig config, @Any Instance<Runner> runners) {
        this.config = config;
        this.runners = runners;
    }

    @Produces
    @ApplicationScoped
    Runner runner() {
        String type = config.type().name().toLowerCase(Locale.ROOT);
        return runners.select(Identifier.Literal.of(type)).get();
    }
}
