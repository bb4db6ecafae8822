package io.modelmill.registry.validation;

/** Why a model cannot be served; the message is one line for the tenant. */
final class ModelFault extends Exception {
    private static final long serialVersionUID = 1L;

    ModelFault(String message) {
        super(message);
    }
}
