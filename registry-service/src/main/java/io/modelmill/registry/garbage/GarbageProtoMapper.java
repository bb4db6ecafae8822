package io.modelmill.registry.garbage;

import io.modelmill.proto.registry.v1.CollectGarbageResponse;
import io.modelmill.proto.registry.v1.GarbageItem;
import io.modelmill.proto.registry.v1.GarbageTotal;

/** What goes, as messages. */
final class GarbageProtoMapper {
    private GarbageProtoMapper() {}

    static CollectGarbageResponse toProto(GarbageReport report) {
        CollectGarbageResponse.Builder message = CollectGarbageResponse.newBuilder();
        for (GarbageKind kind : GarbageKind.values()) {
            GarbageReport.Total total = report.total(kind);
            if (total.count() > 0) {
                message.addTotals(GarbageTotal.newBuilder()
                        .setKind(toProto(kind))
                        .setCount(total.count())
                        .setSizeBytes(total.sizeBytes()));
            }
        }
        for (Garbage garbage : report.named()) {
            message.addItems(GarbageItem.newBuilder()
                    .setKind(toProto(garbage.kind()))
                    .setName(garbage.name())
                    .setSizeBytes(garbage.sizeBytes())
                    .setReason(garbage.reason()));
        }
        return message.build();
    }

    private static io.modelmill.proto.registry.v1.GarbageKind toProto(GarbageKind kind) {
        return switch (kind) {
            case MODEL_VERSION -> io.modelmill.proto.registry.v1.GarbageKind.GARBAGE_KIND_MODEL_VERSION;
            case DATASET_VERSION -> io.modelmill.proto.registry.v1.GarbageKind.GARBAGE_KIND_DATASET_VERSION;
            case ARTIFACT -> io.modelmill.proto.registry.v1.GarbageKind.GARBAGE_KIND_ARTIFACT;
            case STRAY_FILE -> io.modelmill.proto.registry.v1.GarbageKind.GARBAGE_KIND_STRAY_FILE;
            case PARTIAL_FILE -> io.modelmill.proto.registry.v1.GarbageKind.GARBAGE_KIND_PARTIAL_FILE;
        };
    }
}
