package io.modelmill.servicekit.security;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;

/** A token of one caller that is signed anew when less than half of its lifetime is left. */
public final class RenewedToken implements Supplier<String> {
    private final CallerTokenSigner signer;
    private final Caller caller;
    private final List<String> audience;
    private final Duration lifetime;

    // One field, so that readers on other threads see token and expiry of the same signing.
    private volatile Signed signed = new Signed("", Instant.MIN);

    public RenewedToken(CallerTokenSigner signer, Caller caller, List<String> audience, Duration lifetime) {
        this.signer = signer;
        this.caller = caller;
        this.audience = List.copyOf(audience);
        this.lifetime = lifetime;
    }

    @Override
    public String get() {
        Signed current = signed;
        Instant now = Instant.now();
        if (current.expiry().isAfter(now.plus(lifetime.dividedBy(2)))) {
            return current.token();
        }
        Instant expiry = now.plus(lifetime);
        Signed renewed = new Signed(signer.sign(caller, audience, expiry), expiry);
        signed = renewed;
        return renewed.token();
    }

    private record Signed(String token, Instant expiry) {}
}
