package io.modelmill.inference.repository;

import io.modelmill.inference.placement.EventsAndRegistry;
import io.modelmill.inference.placement.ModelSource;
import io.modelmill.servicekit.security.CallerTokenVerifier;
import io.modelmill.servicekit.security.SecurityConfig;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.enterprise.inject.Typed;
import jakarta.inject.Singleton;

/** Chooses between a folder and the fleet, for the models and for the callers' credentials alike. */
@ApplicationScoped
class RepositoryBeans {
    /** @param fleet not made, and so connected to nothing, where a folder is served */
    @Produces
    @Singleton
    @Typed(ModelSource.class)
    ModelSource source(RepositoryConfig config, SecurityConfig security, Instance<EventsAndRegistry> fleet) {
        if (config.directory().isEmpty()) {
            return fleet.get();
        }
        refuseKeys(config, security);
        return new FolderRepository(config.directory().get(), config.pollInterval());
    }

    @Produces
    @Singleton
    CallerTokenVerifier verifier(RepositoryConfig config, SecurityConfig security) {
        return config.directory().isPresent() ? CallerTokenVerifier.trustingNobody() : CallerTokenVerifier.of(security);
    }

    /** A replica of a fleet must not lose its tokens by one more variable in its environment. */
    private static void refuseKeys(RepositoryConfig config, SecurityConfig security) {
        if (security.trustedKeysFile().isPresent()) {
            throw new IllegalStateException("modelmill.repository.directory: "
                    + config.directory().orElseThrow()
                    + " (expected: not set beside modelmill.security.trusted-keys-file, for a folder is served to callers"
                    + " without a token)");
        }
    }
}
