package io.modelmill.worker.run;

import java.util.List;

/**
 * A registered classifier to learn from.
 *
 * @param version its resource name
 * @param onnx bytes of its graph
 * @param classLabels its classes
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data: never compared, never changed after construction.
public record TeacherGraph(String version, byte[] onnx, List<String> classLabels) {
    public TeacherGraph {
        classLabels = List.copyOf(classLabels);
    }
}
