package io.modelmill.inference.model;

import java.util.Set;

/** Which tenants besides its owner may call a model. */
public sealed interface Grant {
    /** Whether the tenant may call the model. */
    boolean allows(String tenant);

    /** No one else. */
    record OwnerOnly() implements Grant {
        @Override
        public boolean allows(String tenant) {
            return false;
        }
    }

    /** All tenants. */
    record Everyone() implements Grant {
        @Override
        public boolean allows(String tenant) {
            return true;
        }
    }

    /** These tenants, by id. */
    record Named(Set<String> tenants) implements Grant {
        public Named {
            tenants = Set.copyOf(tenants);
        }

        @Override
        public boolean allows(String tenant) {
            return tenants.contains(tenant);
        }
    }
}
