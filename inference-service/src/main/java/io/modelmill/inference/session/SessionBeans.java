package io.modelmill.inference.session;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Makes this process's ONNX Runtime from the configuration. */
@ApplicationScoped
class SessionBeans {
    @Produces
    @Singleton
    Sessions sessions(SessionConfig config) {
        return new Sessions(config);
    }
}
