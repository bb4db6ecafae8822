package io.modelmill.inference.protocol;

import io.modelmill.inference.model.ServedModel;
import io.modelmill.inference.model.VersionChoice;
import io.modelmill.inference.placement.Placements;
import io.modelmill.inference.placement.SessionLease;
import io.modelmill.inference.placement.VersionState;
import io.modelmill.proto.inference.ModelRepositoryParameter;
import io.modelmill.proto.inference.RepositoryIndexRequest;
import io.modelmill.proto.inference.RepositoryIndexResponse;
import io.modelmill.proto.inference.RepositoryIndexResponse.ModelIndex;
import io.modelmill.proto.inference.RepositoryModelLoadRequest;
import io.modelmill.proto.inference.RepositoryModelLoadResponse;
import io.modelmill.proto.inference.RepositoryModelUnloadRequest;
import io.modelmill.proto.inference.RepositoryModelUnloadResponse;
import io.modelmill.servicekit.error.Violations;
import io.opentelemetry.api.trace.Span;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** The protocol's extension model_repository: which models there are, and loads and unloads at a caller's word. */
final class RepositoryGrpcService {
    /** As ServerMetadata names it. */
    static final String EXTENSION = "model_repository";

    /** Clients send it with every unload. Either value is right here, for no model depends on another. */
    private static final String UNLOAD_DEPENDENTS = "unload_dependents";

    private final CalledModels models;
    private final Placements placements;

    RepositoryGrpcService(CalledModels models, Placements placements) {
        this.models = models;
        this.placements = placements;
    }

    RepositoryIndexResponse index(RepositoryIndexRequest request) {
        requireOnlyRepository(request.getRepositoryName(), Map.of());
        RepositoryIndexResponse.Builder response = RepositoryIndexResponse.newBuilder();
        models.all().forEach((name, model) -> {
            List<VersionState> states = placements.states(model.key());
            states.stream()
                    .filter(state -> !request.getReady() || state.phase() == VersionState.Phase.READY)
                    .forEach(state -> response.addModels(index(name, state)));
            if (states.isEmpty() && !request.getReady()) {
                response.addModels(ModelIndex.newBuilder()
                        .setName(name)
                        .setState(VersionState.Phase.UNAVAILABLE.name())
                        .setReason("it has no version that may be called"));
            }
        });
        return response.build();
    }

    private static ModelIndex index(String name, VersionState state) {
        return ModelIndex.newBuilder()
                .setName(name)
                .setVersion(Long.toString(state.number()))
                .setState(state.phase().name())
                .setReason(state.reason())
                .build();
    }

    /**
     * Brings a withdrawn model back. Completes when the version that answers for calls without a version is loaded.
     */
    CompletableFuture<RepositoryModelLoadResponse> load(RepositoryModelLoadRequest request) {
        requireOnlyRepository(request.getRepositoryName(), request.getParametersMap());
        ServedModel model = models.require(request.getModelName(), "model_name");
        models.restore(model);
        return placements
                .acquire(
                        model.key(), new VersionChoice.Unnamed(), Span.current().getSpanContext())
                .thenApply(lease -> {
                    try (SessionLease _ = lease) {
                        return RepositoryModelLoadResponse.getDefaultInstance();
                    }
                });
    }

    /** Takes the model's versions out of service, where callers may decide that. */
    RepositoryModelUnloadResponse unload(RepositoryModelUnloadRequest request) {
        Map<String, ModelRepositoryParameter> others = new HashMap<>(request.getParametersMap());
        ModelRepositoryParameter dependents = others.remove(UNLOAD_DEPENDENTS);
        if (dependents != null && !dependents.hasBoolParam()) {
            throw Violations.of("parameters." + UNLOAD_DEPENDENTS, dependents.getParameterChoiceCase(), "bool_param");
        }
        requireOnlyRepository(request.getRepositoryName(), others);
        models.withdraw(models.require(request.getModelName(), "model_name"));
        return RepositoryModelUnloadResponse.getDefaultInstance();
    }

    private static void requireOnlyRepository(String repository, Map<String, ModelRepositoryParameter> parameters) {
        Violations violations = new Violations();
        violations.check(
                repository.isEmpty(), "repository_name", repository, "nothing, for there is one repository alone");
        parameters.keySet().stream()
                .sorted()
                .forEach(name -> violations.add("parameters." + name, name, "no parameter, for none is known"));
        violations.throwIfAny();
    }
}
