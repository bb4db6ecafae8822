package io.modelmill.gateway.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.CallerTokenSigner;
import io.modelmill.servicekit.security.RenewedToken;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** The tokens that stand for a caller behind the gateway. */
@ApplicationScoped
public class CallerTokens {
    private static final int REMEMBERED = 10_000;
    private static final List<String> DIRECT_SERVICES =
            List.of("inference-service", "registry-service", "training-service");

    private final CallerTokenSigner signer;
    private final Duration forwardedLifetime;
    private final Duration exchangedLifetime;
    private final Cache<Purpose, RenewedToken> renewed;

    CallerTokens(CallerTokenSigner signer, AuthConfig config) {
        this.signer = signer;
        this.forwardedLifetime = config.forwardedTokenLifetime();
        this.exchangedLifetime = config.exchangedTokenLifetime();
        this.renewed = Caffeine.newBuilder()
                .maximumSize(REMEMBERED)
                .expireAfterAccess(forwardedLifetime)
                .executor(Runnable::run)
                .build();
    }

    /** A token for one call to one service, signed anew at half of its lifetime. */
    public String forward(Caller caller, String audience) {
        return renewed.get(
                        new Purpose(caller, audience),
                        purpose -> new RenewedToken(signer, caller, List.of(audience), forwardedLifetime))
                .get();
    }

    /** A token with which the caller itself goes to the services. */
    ExchangedToken exchange(Caller caller) {
        Instant expiry =
                Instant.ofEpochSecond(Instant.now().plus(exchangedLifetime).getEpochSecond());
        return new ExchangedToken(signer.sign(caller, DIRECT_SERVICES, expiry), expiry);
    }

    private record Purpose(Caller caller, String audience) {}

    /** A token that leaves the fleet. */
    record ExchangedToken(String token, Instant expiry) {}
}
