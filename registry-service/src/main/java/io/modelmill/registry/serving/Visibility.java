package io.modelmill.registry.serving;

/** Who may call a model. */
public enum Visibility {
    /** The owner alone. */
    PRIVATE,
    /** Other tenants too, to predict only. */
    SHARED
}
