package io.modelmill.registry.validation.graph;

/** Why a model cannot be served; the message is one line for the tenant. */
public final class ModelFault extends Exception {
    private static final long serialVersionUID = 1L;

    public ModelFault(String message) {
        super(message);
    }
}
