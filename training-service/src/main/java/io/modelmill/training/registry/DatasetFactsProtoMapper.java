package io.modelmill.training.registry;

import io.modelmill.proto.registry.v1.Column;
import io.modelmill.proto.registry.v1.DatasetVersion;
import io.modelmill.trainingspec.job.DatasetFacts;
import io.modelmill.trainingspec.job.DatasetFacts.Kind;

/** What the registry tells of a data-set version. */
final class DatasetFactsProtoMapper {
    private DatasetFactsProtoMapper() {}

    static DatasetFacts facts(DatasetVersion version) {
        return new DatasetFacts(
                version.getRowCount(),
                version.getSizeBytes(),
                version.getColumnsList().stream()
                        .map(DatasetFactsProtoMapper::column)
                        .toList(),
                version.getSubsetRowCountsMap());
    }

    private static DatasetFacts.Column column(Column column) {
        return new DatasetFacts.Column(
                column.getName(),
                switch (column.getType()) {
                    case TYPE_NUMBER -> Kind.NUMBER;
                    case TYPE_TENSOR -> Kind.TENSOR;
                    case TYPE_TEXT, TYPE_UNSPECIFIED, UNRECOGNIZED -> Kind.TEXT;
                },
                column.getShapeList(),
                column.getType() != Column.Type.TYPE_TENSOR
                        ? 0
                        : column.getDatatype().equals("UINT8") ? Byte.BYTES : Float.BYTES,
                column.getDistinctValuesList(),
                column.getMissingCount());
    }
}
