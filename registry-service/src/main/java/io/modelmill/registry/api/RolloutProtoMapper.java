package io.modelmill.registry.api;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import io.modelmill.proto.registry.v1.AliasRollout;
import io.modelmill.proto.registry.v1.GetRolloutRequest;
import io.modelmill.proto.registry.v1.ReplicaModel;
import io.modelmill.proto.registry.v1.ReplicaRollout;
import io.modelmill.proto.registry.v1.ReportReplicaRequest;
import io.modelmill.proto.registry.v1.Rollout;
import io.modelmill.registry.rollout.AliasProgress;
import io.modelmill.registry.rollout.ModelProgress;
import io.modelmill.registry.rollout.ReplicaProgress;
import io.modelmill.registry.rollout.ReplicaReport;
import io.modelmill.registry.serving.ModelKey;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.resourcename.ResourceNamePattern;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/** Rollouts and what replicas report as messages. */
final class RolloutProtoMapper {
    private static final ResourceNamePattern MODEL = ResourceNamePattern.of("tenants/{tenant}/models/{model}");
    private static final ResourceNamePattern ALIAS = ResourceNamePattern.of("{alias}");
    private static final Pattern REPLICA = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,252}");
    private static final Pattern SESSION =
            Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
    private static final com.google.protobuf.Duration LONGEST_WAIT = Durations.fromSeconds(60);
    private static final int MOST_MODELS = 1_000;
    private static final int LONGEST_REASON = 1_000;

    private RolloutProtoMapper() {}

    static Rollout toProto(io.modelmill.registry.rollout.Rollout rollout) {
        return Rollout.newBuilder()
                .setName(rollout.model().name() + "/rollout")
                .setRevision(rollout.revision())
                .setState(toProto(rollout.state()))
                .addAllReplicas(rollout.replicas().stream()
                        .map(replica -> toProto(replica, rollout.revision()))
                        .toList())
                .build();
    }

    private static ReplicaRollout toProto(ReplicaProgress replica, long revision) {
        ReplicaRollout.Builder message = ReplicaRollout.newBuilder()
                .setReplica(replica.replica())
                .setAppliedRevision(replica.appliedRevision())
                .setState(toProto(replica.state(revision)));
        for (AliasProgress alias : replica.aliases()) {
            message.addAliases(AliasRollout.newBuilder()
                    .setAlias(alias.alias())
                    .setVersion(alias.version())
                    .setState(toProto(alias.phase()))
                    .setReason(alias.reason())
                    .setAnsweringVersion(alias.answeringVersion()));
        }
        replica.updateTime().ifPresent(time -> message.setUpdateTime(timestamp(time)));
        return message.build();
    }

    private static Timestamp timestamp(Instant time) {
        return Timestamp.newBuilder()
                .setSeconds(time.getEpochSecond())
                .setNanos(time.getNano())
                .build();
    }

    private static Rollout.State toProto(io.modelmill.registry.rollout.Rollout.State state) {
        return switch (state) {
            case ROLLING_OUT -> Rollout.State.STATE_ROLLING_OUT;
            case COMPLETE -> Rollout.State.STATE_COMPLETE;
            case FAILED -> Rollout.State.STATE_FAILED;
            case NO_REPLICAS -> Rollout.State.STATE_NO_REPLICAS;
        };
    }

    private static AliasRollout.State toProto(AliasProgress.Phase phase) {
        return switch (phase) {
            case LOADING -> AliasRollout.State.STATE_LOADING;
            case SERVING -> AliasRollout.State.STATE_SERVING;
            case FAILED -> AliasRollout.State.STATE_FAILED;
            case ON_DEMAND -> AliasRollout.State.STATE_ON_DEMAND;
            case WITHDRAWN -> AliasRollout.State.STATE_WITHDRAWN;
        };
    }

    /** How long the caller will wait; throws INVALID_ARGUMENT, also for a wrong revision. */
    static Duration wait(GetRolloutRequest request) {
        Violations violations = new Violations();
        violations.check(request.getRevision() >= 0, "revision", request.getRevision(), ">= 0");
        com.google.protobuf.Duration wait = request.getWait();
        boolean valid =
                Durations.isValid(wait) && !Durations.isNegative(wait) && Durations.compare(wait, LONGEST_WAIT) <= 0;
        violations.check(valid, "wait", wait.getSeconds() + " s and " + wait.getNanos() + " ns", "0 to 60 s");
        violations.throwIfAny();
        return Duration.ofSeconds(wait.getSeconds(), wait.getNanos());
    }

    /** What a replica tells; throws INVALID_ARGUMENT with all that is wrong. */
    static ReplicaReport report(ReportReplicaRequest request) {
        Violations violations = new Violations();
        violations
                .check(
                        REPLICA.matcher(request.getReplica()).matches(),
                        "replica",
                        request.getReplica(),
                        REPLICA.pattern())
                .check(
                        request.getSession().isEmpty()
                                || SESSION.matcher(request.getSession()).matches(),
                        "session",
                        request.getSession(),
                        "as answered, or empty")
                .check(request.getSequence() >= 1, "sequence", request.getSequence(), ">= 1")
                .check(
                        request.getModelsCount() <= MOST_MODELS,
                        "models",
                        request.getModelsCount() + " models",
                        "at most " + MOST_MODELS)
                .check(
                        request.getRemovedModelsCount() <= MOST_MODELS,
                        "removed_models",
                        request.getRemovedModelsCount() + " models",
                        "at most " + MOST_MODELS);
        violations.throwIfAny();
        List<ModelProgress> models = new ArrayList<>();
        for (int index = 0; index < request.getModelsCount(); index++) {
            models.add(model(violations, "models[" + index + "]", request.getModels(index)));
        }
        List<ModelKey> removed = new ArrayList<>();
        for (int index = 0; index < request.getRemovedModelsCount(); index++) {
            removed.add(key(violations, "removed_models[" + index + "]", request.getRemovedModels(index)));
        }
        violations.throwIfAny();
        return new ReplicaReport(
                request.getReplica(),
                request.getSession().isEmpty() ? Optional.empty() : Optional.of(UUID.fromString(request.getSession())),
                request.getSequence(),
                models,
                removed,
                request.getLeaving());
    }

    private static ModelKey key(Violations violations, String field, String name) {
        Optional<List<String>> ids = MODEL.match(name);
        violations.check(ids.isPresent(), field, name, MODEL.toString());
        return new ModelKey(
                ids.map(List::getFirst).orElse(""), ids.map(List::getLast).orElse(""));
    }

    private static ModelProgress model(Violations violations, String field, ReplicaModel model) {
        violations.check(
                model.getAppliedRevision() >= 1, field + ".applied_revision", model.getAppliedRevision(), ">= 1");
        List<AliasProgress> aliases = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (int index = 0; index < model.getAliasesCount(); index++) {
            AliasRollout alias = model.getAliases(index);
            String place = field + ".aliases[" + index + "]";
            violations
                    .check(
                            ALIAS.match(alias.getAlias()).isPresent(),
                            place + ".alias",
                            alias.getAlias(),
                            ResourceNamePattern.ID)
                    .check(ids.add(alias.getAlias()), place + ".alias", alias.getAlias(), "each alias once")
                    .check(alias.getVersion() >= 1, place + ".version", alias.getVersion(), ">= 1")
                    .check(
                            alias.getAnsweringVersion() >= 0,
                            place + ".answering_version",
                            alias.getAnsweringVersion(),
                            ">= 0")
                    .check(
                            alias.getReason().length() <= LONGEST_REASON,
                            place + ".reason",
                            alias.getReason().length() + " characters",
                            "at most " + LONGEST_REASON);
            aliases.add(new AliasProgress(
                    alias.getAlias(),
                    alias.getVersion(),
                    phase(violations, place + ".state", alias),
                    alias.getReason(),
                    alias.getAnsweringVersion()));
        }
        return new ModelProgress(
                key(violations, field + ".model", model.getModel()), model.getAppliedRevision(), aliases);
    }

    private static AliasProgress.Phase phase(Violations violations, String field, AliasRollout alias) {
        return switch (alias.getState()) {
            case STATE_LOADING -> AliasProgress.Phase.LOADING;
            case STATE_SERVING -> AliasProgress.Phase.SERVING;
            case STATE_FAILED -> AliasProgress.Phase.FAILED;
            case STATE_ON_DEMAND -> AliasProgress.Phase.ON_DEMAND;
            case STATE_WITHDRAWN -> AliasProgress.Phase.WITHDRAWN;
            case STATE_UNSPECIFIED, UNRECOGNIZED -> {
                violations.add(field, alias.getStateValue(), "a state");
                yield AliasProgress.Phase.LOADING;
            }
        };
    }
}
