package io.modelmill.registry.artifact;

import com.google.protobuf.util.Timestamps;
import io.modelmill.proto.registry.v1.ArtifactUpload;

/** Files and uploads as messages. */
final class ArtifactProtoMapper {
    private ArtifactProtoMapper() {}

    static io.modelmill.proto.registry.v1.Artifact toProto(Artifact artifact) {
        return io.modelmill.proto.registry.v1.Artifact.newBuilder()
                .setName(artifact.key().name())
                .setSizeBytes(artifact.sizeBytes())
                .build();
    }

    static ArtifactUpload toProto(UploadSession session) {
        return ArtifactUpload.newBuilder()
                .setName(session.key().name())
                .setSha256(session.sha256())
                .setSizeBytes(session.sizeBytes())
                .setCommittedSizeBytes(session.committedBytes())
                .setCreateTime(Timestamps.fromMillis(session.createTime().toEpochMilli()))
                .setExpireTime(Timestamps.fromMillis(session.expireTime().toEpochMilli()))
                .build();
    }
}
