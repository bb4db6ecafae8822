package io.modelmill.registry.dataset;

import com.google.protobuf.util.Timestamps;
import io.modelmill.dataset.DatasetFormat;
import io.modelmill.proto.registry.v1.DatasetVersion.Format;
import io.modelmill.proto.registry.v1.DatasetVersion.State;
import io.modelmill.servicekit.error.Violations;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Data sets and their versions as messages. */
final class DatasetProtoMapper {
    private DatasetProtoMapper() {}

    static io.modelmill.proto.registry.v1.Dataset toProto(Dataset dataset) {
        return io.modelmill.proto.registry.v1.Dataset.newBuilder()
                .setName(dataset.key().name())
                .setDisplayName(dataset.displayName())
                .setDescription(dataset.description())
                .setCreateTime(Timestamps.fromMillis(dataset.createTime().toEpochMilli()))
                .build();
    }

    static io.modelmill.proto.registry.v1.DatasetVersion toProto(DatasetVersion version) {
        io.modelmill.proto.registry.v1.DatasetVersion.Builder message =
                io.modelmill.proto.registry.v1.DatasetVersion.newBuilder()
                        .setName(version.name())
                        .setFormat(format(version.format()))
                        .setSizeBytes(version.sizeBytes())
                        .setRowCount(version.profile().rowCount())
                        .putAllSubsetRowCounts(version.profile().subsetRowCounts())
                        .setCreateTime(
                                Timestamps.fromMillis(version.createTime().toEpochMilli()))
                        .setState(
                                switch (version.state()) {
                                    case ACTIVE -> State.STATE_ACTIVE;
                                    case DELETED -> State.STATE_DELETED;
                                    case PURGED -> State.STATE_PURGED;
                                })
                        .setEtag(version.etag());
        version.deleteTime().ifPresent(time -> message.setDeleteTime(Timestamps.fromMillis(time.toEpochMilli())));
        version.purgeTime().ifPresent(time -> message.setPurgeTime(Timestamps.fromMillis(time.toEpochMilli())));
        if (version.files().size() == 1) {
            message.setSha256(version.files().getFirst().sha256());
        }
        for (VersionFile file : version.files()) {
            message.addFiles(io.modelmill.proto.registry.v1.DatasetFile.newBuilder()
                    .setPath(file.path())
                    .setSha256(file.sha256())
                    .setSizeBytes(file.sizeBytes()));
        }
        for (Column column : version.profile().columns()) {
            message.addColumns(io.modelmill.proto.registry.v1.Column.newBuilder()
                    .setName(column.name())
                    .setType(
                            switch (column.type()) {
                                case NUMBER -> io.modelmill.proto.registry.v1.Column.Type.TYPE_NUMBER;
                                case TEXT -> io.modelmill.proto.registry.v1.Column.Type.TYPE_TEXT;
                                case TENSOR -> io.modelmill.proto.registry.v1.Column.Type.TYPE_TENSOR;
                            })
                    .addAllDistinctValues(column.distinctValues())
                    .setMin(column.min())
                    .setMax(column.max())
                    .setMissingCount(column.missingCount())
                    .addAllShape(column.shape())
                    .setDatatype(column.datatype()));
        }
        return message.build();
    }

    private static Format format(DatasetFormat format) {
        return switch (format) {
            case CSV -> Format.FORMAT_CSV;
            case TSV -> Format.FORMAT_TSV;
            case NPZ -> Format.FORMAT_NPZ;
            case IDX -> Format.FORMAT_IDX;
            case IMAGES -> Format.FORMAT_IMAGES;
            case TEXT -> Format.FORMAT_TEXT;
        };
    }

    /** The version that a message asks for; throws INVALID_ARGUMENT for all that is wrong with it. */
    static NewDatasetVersion newVersion(io.modelmill.proto.registry.v1.DatasetVersion version) {
        Violations violations = new Violations();
        DatasetFormat format = switch (version.getFormat()) {
            case FORMAT_UNSPECIFIED, FORMAT_CSV -> DatasetFormat.CSV;
            case FORMAT_TSV -> DatasetFormat.TSV;
            case FORMAT_NPZ -> DatasetFormat.NPZ;
            case FORMAT_IDX -> DatasetFormat.IDX;
            case FORMAT_IMAGES -> DatasetFormat.IMAGES;
            case FORMAT_TEXT -> DatasetFormat.TEXT;
            case UNRECOGNIZED -> {
                violations.add(
                        "dataset_version.format",
                        version.getFormatValue(),
                        "FORMAT_CSV, FORMAT_TSV, FORMAT_NPZ, FORMAT_IDX, FORMAT_IMAGES or FORMAT_TEXT");
                yield DatasetFormat.CSV;
            }
        };
        List<DeclaredColumn> columns = declared(version, violations);
        List<NewDatasetVersion.NamedFile> files = version.getFilesList().stream()
                .map(file -> new NewDatasetVersion.NamedFile(file.getPath(), file.getSha256()))
                .toList();
        NewDatasetVersion asked = new NewDatasetVersion(format, version.getSha256(), files, columns);
        asked.check(violations);
        violations.throwIfAny();
        return asked;
    }

    private static List<DeclaredColumn> declared(
            io.modelmill.proto.registry.v1.DatasetVersion version, Violations violations) {
        List<DeclaredColumn> declared = new ArrayList<>();
        for (int index = 0; index < version.getColumnsCount(); index++) {
            io.modelmill.proto.registry.v1.Column column = version.getColumns(index);
            Optional<ColumnType> type = switch (column.getType()) {
                case TYPE_UNSPECIFIED -> Optional.empty();
                case TYPE_NUMBER -> Optional.of(ColumnType.NUMBER);
                case TYPE_TEXT -> Optional.of(ColumnType.TEXT);
                case TYPE_TENSOR -> Optional.of(ColumnType.TENSOR);
                case UNRECOGNIZED -> {
                    violations.add(
                            "dataset_version.columns[" + index + "].type",
                            column.getTypeValue(),
                            "TYPE_UNSPECIFIED, TYPE_NUMBER, TYPE_TEXT or TYPE_TENSOR");
                    yield Optional.empty();
                }
            };
            declared.add(new DeclaredColumn(column.getName(), type));
        }
        return declared;
    }
}
