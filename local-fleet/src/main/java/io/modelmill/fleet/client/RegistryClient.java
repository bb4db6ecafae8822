package io.modelmill.fleet.client;

import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.proto.registry.v1.Column;
import io.modelmill.proto.registry.v1.CreateDatasetRequest;
import io.modelmill.proto.registry.v1.CreateDatasetVersionRequest;
import io.modelmill.proto.registry.v1.CreateModelRequest;
import io.modelmill.proto.registry.v1.Dataset;
import io.modelmill.proto.registry.v1.DatasetFile;
import io.modelmill.proto.registry.v1.DatasetServiceGrpc;
import io.modelmill.proto.registry.v1.DatasetVersion;
import io.modelmill.proto.registry.v1.GetModelVersionRequest;
import io.modelmill.proto.registry.v1.ListDatasetVersionsRequest;
import io.modelmill.proto.registry.v1.ListDatasetVersionsResponse;
import io.modelmill.proto.registry.v1.ListModelVersionsRequest;
import io.modelmill.proto.registry.v1.ListModelVersionsResponse;
import io.modelmill.proto.registry.v1.Model;
import io.modelmill.proto.registry.v1.ModelServiceGrpc;
import io.modelmill.proto.registry.v1.ModelVersion;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Data sets, models and files of one tenant. */
public final class RegistryClient {
    private static final int DEADLINE_SECONDS = 30;

    private final Channel channel;
    private final String parent;
    private final ArtifactClient artifacts;

    /** @param channel with a credential of the tenant */
    public RegistryClient(Channel channel, String tenant) {
        this.channel = channel;
        this.parent = "tenants/" + tenant;
        this.artifacts = new ArtifactClient(channel, parent);
    }

    /** Uploads the bytes unless they are there; answers their SHA-256. */
    public String upload(byte[] content) throws StatusException {
        try {
            return upload(() -> new ByteArrayInputStream(content));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Uploads a file unless its bytes are there; answers their SHA-256. */
    public String upload(Path file) throws StatusException {
        try {
            return upload(() -> Files.newInputStream(file));
        } catch (IOException e) {
            throw new FleetException(file + ": cannot be read (" + e + ")", e);
        }
    }

    private String upload(ArtifactClient.Content content) throws StatusException, IOException {
        try {
            return artifacts.upload(content);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** Downloads a file by its SHA-256. */
    public byte[] download(String digest) throws StatusException {
        try {
            return artifacts.download(digest);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
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

    /** Makes a version of the data set from an uploaded CSV file, unless it has one; answers its name. */
    public String datasetVersion(String dataset, String digest) throws StatusException {
        return datasetVersion(dataset, "csv", Map.of("", digest), Map.of());
    }

    /**
     * Makes a version of the data set from uploaded files, unless it has the same; answers its name.
     *
     * @param format such as {@code csv}
     * @param files SHA-256 by name; a single one may have the name ""
     * @param columnTypes declared types by column, {@code number} or {@code text}
     */
    public String datasetVersion(
            String dataset, String format, Map<String, String> files, Map<String, String> columnTypes)
            throws StatusException {
        DatasetVersion.Builder version = DatasetVersion.newBuilder()
                .setFormat(DatasetVersion.Format.valueOf("FORMAT_" + format.toUpperCase(Locale.ROOT)));
        if (files.containsKey("")) {
            version.setSha256(Objects.requireNonNull(files.get("")));
        } else {
            new TreeMap<>(files)
                    .forEach((path, digest) -> version.addFiles(
                            DatasetFile.newBuilder().setPath(path).setSha256(digest)));
        }
        new TreeMap<>(columnTypes)
                .forEach((column, type) -> version.addColumns(Column.newBuilder()
                        .setName(column)
                        .setType(Column.Type.valueOf("TYPE_" + type.toUpperCase(Locale.ROOT)))));
        String parentName = parent + "/datasets/" + dataset;
        Optional<String> known = findDatasetVersion(parentName, version.build());
        if (known.isPresent()) {
            return known.get();
        }
        return datasets()
                .createDatasetVersion(CreateDatasetVersionRequest.newBuilder()
                        .setParent(parentName)
                        .setDatasetVersion(version)
                        .build())
                .getName();
    }

    /**
     * The newest version of a model that is READY.
     *
     * @throws FleetException if none is
     */
    public String newestReady(String model) throws StatusException {
        String page = "";
        do {
            ListModelVersionsResponse versions = models().listModelVersions(ListModelVersionsRequest.newBuilder()
                    .setParent(parent + "/models/" + model)
                    .setPageToken(page)
                    .build());
            Optional<String> ready = versions.getModelVersionsList().stream()
                    .filter(version -> version.getState() == ModelVersion.State.STATE_READY)
                    .map(ModelVersion::getName)
                    .findFirst();
            if (ready.isPresent()) {
                return ready.get();
            }
            page = versions.getNextPageToken();
        } while (!page.isEmpty());
        throw new FleetException(parent + "/models/" + model + " has no READY version (expected: one; train it first)");
    }

    /** Creates the model unless it exists; answers its name. */
    public String createModel(String id, String description) throws StatusException {
        return createModel(id, id, description);
    }

    /** Creates the model unless it exists; answers its name. */
    public String createModel(String id, String displayName, String description) throws StatusException {
        try {
            models().createModel(CreateModelRequest.newBuilder()
                    .setParent(parent)
                    .setModelId(id)
                    .setModel(Model.newBuilder().setDisplayName(displayName).setDescription(description))
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
                version.getStateReason(),
                version.getClassLabelsList(),
                version.getMetricsMap(),
                version.getFilesList().stream()
                        .collect(Collectors.toMap(file -> file.getPath(), file -> file.getSha256())));
    }

    private Optional<String> findDatasetVersion(String dataset, DatasetVersion wanted) throws StatusException {
        String page = "";
        do {
            ListDatasetVersionsResponse versions = datasets()
                    .listDatasetVersions(ListDatasetVersionsRequest.newBuilder()
                            .setParent(dataset)
                            .setPageToken(page)
                            .build());
            Optional<String> found = versions.getDatasetVersionsList().stream()
                    .filter(version -> isSame(version, wanted))
                    .map(DatasetVersion::getName)
                    .findFirst();
            if (found.isPresent()) {
                return found;
            }
            page = versions.getNextPageToken();
        } while (!page.isEmpty());
        return Optional.empty();
    }

    /** Whether a version has the bytes and all that was declared of them. */
    private static boolean isSame(DatasetVersion version, DatasetVersion wanted) {
        Set<String> files = version.getFilesList().stream()
                .map(file -> file.getPath() + " " + file.getSha256())
                .collect(Collectors.toSet());
        Set<String> wantedFiles = wanted.getFilesList().stream()
                .map(file -> file.getPath() + " " + file.getSha256())
                .collect(Collectors.toSet());
        Map<String, Column.Type> types =
                version.getColumnsList().stream().collect(Collectors.toMap(Column::getName, Column::getType));
        return format(version) == format(wanted)
                && (wantedFiles.isEmpty() ? version.getSha256().equals(wanted.getSha256()) : files.equals(wantedFiles))
                && wanted.getColumnsList().stream().allMatch(column -> types.get(column.getName()) == column.getType());
    }

    private static DatasetVersion.Format format(DatasetVersion version) {
        return version.getFormat() == DatasetVersion.Format.FORMAT_UNSPECIFIED
                ? DatasetVersion.Format.FORMAT_CSV
                : version.getFormat();
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

    private DatasetServiceGrpc.DatasetServiceBlockingV2Stub datasets() {
        return DatasetServiceGrpc.newBlockingV2Stub(channel).withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
    }

    private ModelServiceGrpc.ModelServiceBlockingV2Stub models() {
        return ModelServiceGrpc.newBlockingV2Stub(channel).withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
    }
}
