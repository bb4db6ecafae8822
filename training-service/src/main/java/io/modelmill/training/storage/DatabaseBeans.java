package io.modelmill.training.storage;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import javax.sql.DataSource;
import org.jdbi.v3.core.Jdbi;

/** Makes Jdbi over the pooled connections. */
@ApplicationScoped
class DatabaseBeans {
    @Produces
    @Singleton
    Jdbi jdbi(DataSource connections) {
        return Jdbi.create(connections);
    }
}
