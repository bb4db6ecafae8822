package io.modelmill.trainingspec.job;

import io.modelmill.trainingspec.fault.Faults;
import java.util.regex.Pattern;

/** Names of resources in a spec. */
enum NamePatterns {
    MODEL("tenants/{tenant}/models/{model}"),
    MODEL_VERSION("tenants/{tenant}/models/{model}/versions/{version}"),
    DATASET_VERSION("tenants/{tenant}/datasets/{dataset}/versions/{version}"),
    JOB("tenants/{tenant}/trainingJobs/{job}");

    /** What an id must match. */
    static final String ID = "[a-z][a-z0-9-]{0,62}";

    private final String shown;
    private final Pattern pattern;

    NamePatterns(String shown) {
        this.shown = shown;
        this.pattern = Pattern.compile(
                shown.replace("{version}", "[1-9][0-9]{0,17}").replaceAll("\\{[a-z]+}", "[a-z][a-z0-9-]{0,62}"));
    }

    boolean matches(String name) {
        return pattern.matcher(name).matches();
    }

    void check(String name, String field, Faults faults) {
        faults.check(matches(name), field, name, shown);
    }
}
