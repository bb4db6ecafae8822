package io.modelmill.registry.dataset;

import com.google.protobuf.util.Timestamps;
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
                        .setSha256(version.sha256())
                        .setSizeBytes(version.sizeBytes())
                        .setRowCount(version.profile().rowCount())
                        .setCreateTime(
                                Timestamps.fromMillis(version.createTime().toEpochMilli()));
        for (Column column : version.profile().columns()) {
            message.addColumns(io.modelmill.proto.registry.v1.Column.newBuilder()
                    .setName(column.name())
                    .setType(
                            switch (column.type()) {
                                case NUMBER -> io.modelmill.proto.registry.v1.Column.Type.TYPE_NUMBER;
                                case TEXT -> io.modelmill.proto.registry.v1.Column.Type.TYPE_TEXT;
                            })
                    .addAllDistinctValues(column.distinctValues())
                    .setMin(column.min())
                    .setMax(column.max())
                    .setMissingCount(column.missingCount()));
        }
        return message.build();
    }

    /** What a message says about columns; throws INVALID_ARGUMENT for types that are none. */
    static List<DeclaredColumn> declared(io.modelmill.proto.registry.v1.DatasetVersion version) {
        List<DeclaredColumn> declared = new ArrayList<>();
        Violations violations = new Violations();
        for (int index = 0; index < version.getColumnsCount(); index++) {
            io.modelmill.proto.registry.v1.Column column = version.getColumns(index);
            Optional<ColumnType> type = switch (column.getType()) {
                case TYPE_UNSPECIFIED -> Optional.empty();
                case TYPE_NUMBER -> Optional.of(ColumnType.NUMBER);
                case TYPE_TEXT -> Optional.of(ColumnType.TEXT);
                case TYPE_TENSOR, UNRECOGNIZED -> {
                    violations.add(
                            "dataset_version.columns[" + index + "].type",
                            column.getTypeValue(),
                            "TYPE_UNSPECIFIED, TYPE_NUMBER or TYPE_TEXT");
                    yield Optional.empty();
                }
            };
            declared.add(new DeclaredColumn(column.getName(), type));
        }
        violations.throwIfAny();
        return declared;
    }
}
