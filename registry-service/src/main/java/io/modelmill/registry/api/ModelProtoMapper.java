package io.modelmill.registry.api;

import com.google.protobuf.FieldMask;
import com.google.protobuf.util.Timestamps;
import io.modelmill.proto.registry.v1.Alias;
import io.modelmill.proto.registry.v1.Model;
import io.modelmill.registry.model.ModelContent;
import io.modelmill.registry.serving.ServingProtoMapper;
import io.modelmill.registry.serving.ServingSpec;
import io.modelmill.registry.serving.Visibility;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.resourcename.ResourceNamePattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Models and aliases as messages. */
final class ModelProtoMapper {
    private static final ResourceNamePattern TENANT = ResourceNamePattern.of("tenants/{tenant}");
    private static final List<String> FIELDS =
            List.of("display_name", "description", "visibility", "shared_with", "serving_spec");

    private ModelProtoMapper() {}

    static Model toProto(io.modelmill.registry.model.Model model) {
        ModelContent content = model.content();
        return Model.newBuilder()
                .setName(model.key().name())
                .setDisplayName(content.displayName())
                .setDescription(content.description())
                .setVisibility(ServingProtoMapper.toProto(content.visibility()))
                .addAllSharedWith(ServingProtoMapper.tenantNames(content.sharedWith()))
                .setServingSpec(ServingProtoMapper.toProto(content.servingSpec()))
                .setRevision(model.revision())
                .setEtag(model.etag())
                .setCreateTime(Timestamps.fromMillis(model.createTime().toEpochMilli()))
                .setUpdateTime(Timestamps.fromMillis(model.updateTime().toEpochMilli()))
                .build();
    }

    static Alias toProto(io.modelmill.registry.alias.Alias alias) {
        return Alias.newBuilder()
                .setName(alias.name())
                .setVersion(alias.model().name() + "/versions/" + alias.number())
                .setRevision(alias.revision())
                .setEtag(alias.etag())
                .setUpdateTime(Timestamps.fromMillis(alias.updateTime().toEpochMilli()))
                .build();
    }

    /** What a message says; throws INVALID_ARGUMENT for what cannot be read at all. */
    static ModelContent content(Model model) {
        return new ModelContent(
                model.getDisplayName(),
                model.getDescription(),
                visibility(model),
                sharedWith(model),
                servingSpec(model));
    }

    /**
     * The change that an update asks for (AIP-134): the fields of the mask, or without a mask those that are set.
     *
     * @throws io.modelmill.servicekit.error.ServiceException INVALID_ARGUMENT if the mask names other fields or nothing is
     *     left to do
     */
    static UnaryOperator<ModelContent> edit(Model model, FieldMask mask) {
        Set<String> paths = UpdateMasks.paths(mask, model, FIELDS);
        return present -> new ModelContent(
                paths.contains("display_name") ? model.getDisplayName() : present.displayName(),
                paths.contains("description") ? model.getDescription() : present.description(),
                paths.contains("visibility") ? visibility(model) : present.visibility(),
                paths.contains("shared_with") ? sharedWith(model) : present.sharedWith(),
                paths.contains("serving_spec") ? servingSpec(model) : present.servingSpec());
    }

    private static Visibility visibility(Model model) {
        return switch (model.getVisibility()) {
            case VISIBILITY_UNSPECIFIED, VISIBILITY_PRIVATE -> Visibility.PRIVATE;
            case VISIBILITY_SHARED -> Visibility.SHARED;
            case UNRECOGNIZED ->
                throw Violations.of(
                        "model.visibility", model.getVisibilityValue(), "VISIBILITY_PRIVATE or VISIBILITY_SHARED");
        };
    }

    private static List<String> sharedWith(Model model) {
        List<String> tenants = new ArrayList<>();
        for (int index = 0; index < model.getSharedWithCount(); index++) {
            tenants.add(TENANT.parse(model.getSharedWith(index), "model.shared_with[" + index + "]")
                    .getFirst());
        }
        return tenants;
    }

    private static ServingSpec servingSpec(Model model) {
        io.modelmill.proto.registry.v1.ServingSpec spec = model.getServingSpec();
        return new ServingSpec(
                spec.getDevice(), spec.getInstances(), spec.getMaxBatchSize(), spec.getMemoryHintBytes());
    }
}
