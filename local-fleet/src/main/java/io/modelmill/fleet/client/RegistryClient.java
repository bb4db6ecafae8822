package io.modelmill.fleet.client;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import io.modelmill.proto.registry.v1.Artifact;
import io.modelmill.proto.registry.v1.ArtifactServiceGrpc;
import io.modelmill.proto.registry.v1.CreateDatasetRequest;
import io.modelmill.proto.registry.v1.CreateDatasetVersionRequest;
import io.modelmill.proto.registry.v1.CreateModelRequest;
import io.modelmill.proto.registry.v1.Dataset;
import io.modelmill.proto.registry.v1.DatasetServiceGrpc;
import io.modelmill.proto.registry.v1.DatasetVersion;
import io.modelmill.proto.registry.v1.DownloadArtifactRequest;
import io.modelmill.proto.registry.v1.DownloadArtifactResponse;
import io.modelmill.proto.registry.v1.GetArtifactRequest;
import io.modelmill.proto.registry.v1.GetModelVersionRequest;
import io.modelmill.proto.registry.v1.ListDatasetVersionsRequest;
import io.modelmill.proto.registry.v1.ListDatasetVersionsResponse;
import io.modelmill.proto.registry.v1.ListModelVersionsRequest;
import io.modelmill.proto.registry.v1.Model;
import io.modelmill.proto.registry.v1.ModelServiceGrpc;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.registry.v1.UploadArtifactHeader;
import io.modelmill.proto.registry.v1.UploadArtifactRequest;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Data sets, models and files of one tenant. */
public final class RegistryClient {
    private static final int DEADLINE_SECONDS = 30;
    private static final int TRANSFER_DEADLINE_SECONDS = 300;
    private static final int CHUNK = 1 << 20;

    private final Channel channel;
    private final String parent;

    /** @param channel with a credential of the tenant */
    public RegistryClient(Channel channel, String tenant) {
        this.channel = channel;
        this.parent = "tenants/" + tenant;
    }

    /** Uploads the bytes unless they are there; answers their SHA-256. */
    public String upload(byte[] content) throws StatusException {
        String digest = sha256(content);
        if (isThere(digest)) {
            return digest;
        }
        try {
            BlockingClientCall<UploadArtifactRequest, Artifact> call = ArtifactServiceGrpc.newBlockingV2Stub(channel)
                    .withDeadlineAfter(TRANSFER_DEADLINE_SECONDS, TimeUnit.SECONDS)
                    .uploadArtifact();
            call.write(UploadArtifactRequest.newBuilder()
                    .setHeader(UploadArtifactHeader.newBuilder()
                            .setParent(parent)
                            .setSha256(digest)
                            .setSizeBytes(content.length))
                    .build());
            for (int start = 0; start < content.length; start += CHUNK) {
                int length = Math.min(CHUNK, content.length - start);
                call.write(UploadArtifactRequest.newBuilder()
                        .setChunk(ByteString.copyFrom(content, start, length))
                        .build());
            }
            call.halfClose();
            if (call.read() == null) {
                throw Status.INTERNAL
                        .withDescription("the upload was not answered")
                        .asException();
            }
            return digest;
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** Downloads a file by its SHA-256. */
    public byte[] download(String digest) throws StatusException {
        BlockingClientCall<?, DownloadArtifactResponse> call = ArtifactServiceGrpc.newBlockingV2Stub(channel)
                .withDeadlineAfter(TRANSFER_DEADLINE_SECONDS, TimeUnit.SECONDS)
                .downloadArtifact(DownloadArtifactRequest.newBuilder()
                        .setName(artifact(digest))
                        .build());
        ByteString content = ByteString.EMPTY;
        try {
            while (call.hasNext()) {
                DownloadArtifactResponse chunk = call.read();
                if (chunk != null) {
                    content = content.concat(chunk.getChunk());
                }
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
        return content.toByteArray();
    }

    /** Creates the data set unless it exists. */
    public void createDataset(String id, String description) throws StatusException {
        try {
            datasets()
                    .createDataset(CreateDatasetRequest.newBuilder()
                            .setParent(parent)
                            .setDatasetId(id)
                            .setDataset(Dataset.newBuilder().setDisplayName(id).setDescription(description))
                            .build());
        } catch (StatusException e) {
            unlessExists(e);
        }
    }

    /** Makes a version of the data set from an uploaded file, unless it has one; answers its name. */
    public String datasetVersion(String dataset, String digest) throws StatusException {
        String name = parent + "/datasets/" + dataset;
        Optional<String> known = findDatasetVersion(name, digest);
        if (known.isPresent()) {
            return known.get();
        }
        return datasets()
                .createDatasetVersion(CreateDatasetVersionRequest.newBuilder()
                        .setParent(name)
                        .setDatasetVersion(DatasetVersion.newBuilder().setSha256(digest))
                        .build())
                .getName();
    }

    /** Creates the model unless it exists; answers its name. */
    public String createModel(String id, String description) throws StatusException {
        try {
            models().createModel(CreateModelRequest.newBuilder()
                    .setParent(parent)
                    .setModelId(id)
                    .setModel(Model.newBuilder().setDisplayName(id).setDescription(description))
                    .build());
        } catch (StatusException e) {
            unlessExists(e);
        }
        return parent + "/models/" + id;
    }

    /** Number of the model's newest version; 0 if it has none. */
    public long newestVersion(String model) throws StatusException {
        return models()
                .listModelVersions(ListModelVersionsRequest.newBuilder()
                        .setParent(model)
                        .setPageSize(1)
                        .build())
                .getModelVersionsList()
                .stream()
                .mapToLong(version -> number(version.getName()))
                .findFirst()
                .orElse(0);
    }

    /** One version by its name. */
    public TrainedVersion version(String name) throws StatusException {
        ModelVersion version = models().getModelVersion(
                        GetModelVersionRequest.newBuilder().setName(name).build());
        return new TrainedVersion(
                name,
                number(name),
                version.getState().name().replace("STATE_", ""),
                version.getClassLabelsList(),
                version.getMetricsMap(),
                version.getFilesList().stream()
                        .collect(Collectors.toMap(file -> file.getPath(), file -> file.getSha256())));
    }

    private Optional<String> findDatasetVersion(String dataset, String digest) throws StatusException {
        String page = "";
        do {
            ListDatasetVersionsResponse versions = datasets()
                    .listDatasetVersions(ListDatasetVersionsRequest.newBuilder()
                            .setParent(dataset)
                            .setPageToken(page)
                            .build());
            Optional<String> found = versions.getDatasetVersionsList().stream()
                    .filter(version -> version.getSha256().equals(digest))
                    .map(DatasetVersion::getName)
                    .findFirst();
            if (found.isPresent()) {
                return found;
            }
            page = versions.getNextPageToken();
        } while (!page.isEmpty());
        return Optional.empty();
    }

    private boolean isThere(String digest) throws StatusException {
        try {
            ArtifactServiceGrpc.newBlockingV2Stub(channel)
                    .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
                    .getArtifact(GetArtifactRequest.newBuilder()
                            .setName(artifact(digest))
                            .build());
            return true;
        } catch (StatusException e) {
            if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    private String artifact(String digest) {
        return parent + "/artifacts/" + digest;
    }

    private static long number(String versionName) {
        return Long.parseLong(versionName.substring(versionName.lastIndexOf('/') + 1));
    }

    private static void unlessExists(StatusException failure) throws StatusException {
        if (failure.getStatus().getCode() != Status.Code.ALREADY_EXISTS) {
            throw failure;
        }
    }

    private static StatusException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        return Status.CANCELLED.withDescription("interrupted").withCause(cause).asException();
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private DatasetServiceGrpc.DatasetServiceBlockingV2Stub datasets() {
        return DatasetServiceGrpc.newBlockingV2Stub(channel).withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
    }

    private ModelServiceGrpc.ModelServiceBlockingV2Stub models() {
        return ModelServiceGrpc.newBlockingV2Stub(channel).withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
    }
}
