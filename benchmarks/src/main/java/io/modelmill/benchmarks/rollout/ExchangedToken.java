package io.modelmill.benchmarks.rollout;

import io.grpc.Channel;
import io.grpc.StatusException;
import io.modelmill.fleet.client.TenantClient;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A token for direct calls, exchanged anew long before it ends. Thread-safe. */
final class ExchangedToken implements Supplier<String> {
    private static final Duration USED = Duration.ofMinutes(1);

    private final TenantClient tenant;
    private @Nullable String token;
    private long exchangedNanos;

    /** @param tenant to the gateway, with the tenant's key */
    ExchangedToken(Channel tenant) {
        this.tenant = new TenantClient(tenant);
    }

    @Override
    public synchronized String get() {
        String present = token;
        if (present != null && System.nanoTime() - exchangedNanos < USED.toNanos()) {
            return present;
        }
        try {
            String exchanged = tenant.exchangeToken();
            token = exchanged;
            exchangedNanos = System.nanoTime();
            return exchanged;
        } catch (StatusException e) {
            throw new IllegalStateException("no token for direct calls", e);
        }
    }
}
