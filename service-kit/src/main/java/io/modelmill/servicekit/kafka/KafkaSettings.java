package io.modelmill.servicekit.kafka;

import java.util.Properties;
import org.eclipse.microprofile.config.Config;

/** What the operator says of the broker. */
public final class KafkaSettings {
    private static final String PREFIX = "kafka.";

    private KafkaSettings() {}

    /**
     * All of {@code kafka.*} without the prefix, such as {@code bootstrap.servers} and {@code security.protocol}: the base of
     * every client's settings, so that a broker's encryption and credentials are configured in one place.
     */
    public static Properties of(Config config) {
        Properties settings = new Properties();
        for (String name : config.getPropertyNames()) {
            if (name.startsWith(PREFIX)) {
                config.getOptionalValue(name, String.class)
                        .ifPresent(value -> settings.put(name.substring(PREFIX.length()), value));
            }
        }
        return settings;
    }
}
