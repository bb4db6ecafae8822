package io.modelmill.inference.model;

import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import java.util.Collection;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Finds the model that a caller means: a bare id is a model of its own tenant, {@code publisher.model} one that is
 * shared with it. What is not there and what the caller has no grant for answer the same.
 */
public final class ModelNames {
    private final Function<ModelKey, Optional<ServedModel>> models;
    private final Optional<String> owner;

    /**
     * @param models what this replica knows
     * @param owner tenant of all models, if they are one's: a name without its publisher is then taken whole for one of
     *     them first, so that it may hold a dot
     */
    public ModelNames(Function<ModelKey, Optional<ServedModel>> models, Optional<String> owner) {
        this.models = models;
        this.owner = owner;
    }

    /**
     * The model of that name.
     *
     * @param field where the name came from, for the error
     * @throws ServiceException NOT_FOUND if there is none for this caller, PERMISSION_DENIED for a caller that predicts
     *     for nobody
     */
    public ServedModel require(Caller caller, String name, String field) {
        caller.require(Role.TENANT, Role.SERVICE);
        if (name.isEmpty()) {
            throw Violations.of(field, name, "MODEL of the own tenant or PUBLISHER.MODEL");
        }
        Optional<ServedModel> owned = owner.flatMap(tenant -> models.apply(new ModelKey(tenant, name)))
                .filter(model -> mayCall(caller, model));
        if (owned.isPresent()) {
            return owned.get();
        }
        int dot = name.indexOf('.');
        if (dot < 0 && caller.tenant().isEmpty()) {
            throw Violations.of(field, name, "PUBLISHER.MODEL, for the caller has no tenant");
        }
        String publisher = dot < 0 ? caller.tenant().orElseThrow() : name.substring(0, dot);
        return models.apply(new ModelKey(publisher, name.substring(dot + 1)))
                .filter(model -> mayCall(caller, model))
                .orElseThrow(() -> ServiceException.notFound(name));
    }

    /** Those of the models that the caller may call, by the names that {@link #require} finds them by. */
    public SortedMap<String, ServedModel> callable(Caller caller, Collection<ServedModel> all) {
        caller.require(Role.TENANT, Role.SERVICE);
        SortedMap<String, ServedModel> callable = new TreeMap<>();
        for (ServedModel model : all) {
            if (mayCall(caller, model)) {
                callable.put(
                        isBare(caller, model)
                                ? model.key().model()
                                : model.key().qualifiedName(),
                        model);
            }
        }
        return callable;
    }

    /**
     * Whether the caller may see what others do with the model: it is its own, the caller acts for all tenants, or all
     * models are one owner's and nobody is kept from them.
     */
    public boolean isOwn(Caller caller, ServedModel model) {
        return caller.has(Role.SERVICE) || isBare(caller, model);
    }

    private boolean isBare(Caller caller, ServedModel model) {
        String publisher = model.key().tenant();
        return owner.filter(publisher::equals).isPresent()
                || caller.tenant().filter(publisher::equals).isPresent();
    }

    private static boolean mayCall(Caller caller, ServedModel model) {
        return caller.has(Role.SERVICE)
                || caller.tenant()
                        .filter(tenant -> tenant.equals(model.key().tenant())
                                || model.grant().allows(tenant))
                        .isPresent();
    }
}
