package io.modelmill.registry.version;

import io.modelmill.proto.registry.v1.ArchiveModelVersionRequest;
import io.modelmill.proto.registry.v1.DeleteModelVersionRequest;
import io.modelmill.proto.registry.v1.ModelServiceGrpc;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.registry.v1.RestoreModelVersionRequest;
import io.modelmill.proto.registry.v1.RevokeModelVersionRequest;
import io.modelmill.proto.registry.v1.UndeleteModelVersionRequest;
import java.util.List;

/** What a caller does to versions, in a test's terms. */
record VersionCalls(ModelServiceGrpc.ModelServiceBlockingStub models) {
    ModelVersion archive(String name, String etag, String reason) {
        return models.archiveModelVersion(ArchiveModelVersionRequest.newBuilder()
                .setName(name)
                .setEtag(etag)
                .setReason(reason)
                .build());
    }

    ModelVersion restore(String name, String etag) {
        return models.restoreModelVersion(RestoreModelVersionRequest.newBuilder()
                .setName(name)
                .setEtag(etag)
                .build());
    }

    ModelVersion revoke(String name, String etag, String reason) {
        return models.revokeModelVersion(RevokeModelVersionRequest.newBuilder()
                .setName(name)
                .setEtag(etag)
                .setReason(reason)
                .build());
    }

    ModelVersion delete(String name, String etag) {
        return models.deleteModelVersion(DeleteModelVersionRequest.newBuilder()
                .setName(name)
                .setEtag(etag)
                .build());
    }

    ModelVersion undelete(String name, String etag) {
        return models.undeleteModelVersion(UndeleteModelVersionRequest.newBuilder()
                .setName(name)
                .setEtag(etag)
                .build());
    }

    /** All of them, for the same version. */
    List<Runnable> each(String name, String reason) {
        return List.of(
                () -> archive(name, "", reason),
                () -> restore(name, ""),
                () -> revoke(name, "", reason),
                () -> delete(name, ""),
                () -> undelete(name, ""));
    }
}
