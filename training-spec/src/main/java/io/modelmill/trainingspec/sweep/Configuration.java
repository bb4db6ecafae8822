package io.modelmill.trainingspec.sweep;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One value for each parameter of a sweep.
 *
 * @param values by path, in the order of the parameters
 */
public record Configuration(Map<String, Scalar> values) {
    public Configuration {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }
}
