package io.modelmill.inference.rollout;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/** The name of this process among the replicas. */
public final class ReplicaName {
    /** As the registry takes it. */
    private static final Pattern VALID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,252}");

    private static final int LONGEST_HOST = 200;
    private static final int RANDOM_BYTES = 4;

    private ReplicaName() {}

    /**
     * The name that was set, or one of the host's that no other process has.
     *
     * @throws IllegalArgumentException if the name that was set cannot be one
     */
    public static String of(Optional<String> configured) {
        return configured.map(ReplicaName::require).orElseGet(() -> unique(host()));
    }

    private static String require(String name) {
        if (!VALID.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "modelmill.replica.name: \"" + name + "\" (expected: " + VALID.pattern() + ")");
        }
        return name;
    }

    /** A name that begins with that of the host, as far as it may. */
    static String unique(String host) {
        byte[] random = new byte[RANDOM_BYTES];
        new SecureRandom().nextBytes(random);
        String plain = host.replaceAll("[^A-Za-z0-9._-]", "-").replaceAll("^[^A-Za-z0-9]+", "");
        String start = plain.isEmpty() ? "replica" : plain.substring(0, Math.min(plain.length(), LONGEST_HOST));
        return start + "-" + HexFormat.of().formatHex(random);
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "";
        }
    }
}
