package io.modelmill.worker.distill;

import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.failure.PlatformFailedException;
import io.modelmill.worker.network.TensorValues;
import io.modelmill.worker.onnx.OnnxInput;
import io.modelmill.worker.onnx.OnnxModel;
import io.modelmill.worker.rows.RowSet;
import io.modelmill.worker.train.Teacher;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** A registered classifier, asked through ONNX Runtime for rows as a caller would send them. */
public final class OnnxTeacher implements Teacher, AutoCloseable {
    private static final double ROUNDING = 1e-3;

    private final OnnxModel session;
    private final RowSet training;
    private final int classes;

    private OnnxTeacher(OnnxModel session, RowSet training, int classes) {
        this.session = session;
        this.training = training;
        this.classes = classes;
    }

    /**
     * Opens a teacher, and asks it once.
     *
     * @param version resource name, for messages
     * @param graph its model's bytes
     * @param labels its classes
     * @param learned the classes of the training rows, which must be the same in the same order
     * @throws JobFailedException when it cannot teach this job
     */
    @SuppressWarnings("try") // The scope frees what is made while it is open.
    public static OnnxTeacher open(
            String version, byte[] graph, List<String> labels, List<String> learned, RowSet training) {
        if (!labels.equals(learned)) {
            throw new JobFailedException(
                    "distillation.teacher_version: \"%s\" has the classes %s (expected: %s, the data's)"
                            .formatted(version, shown(labels), shown(learned)));
        }
        var teacher = new OnnxTeacher(loaded(version, graph), training, learned.size());
        try (var scope = new org.bytedeco.javacpp.PointerScope()) {
            teacher.probabilities(new long[] {0});
        } catch (PlatformFailedException e) {
            teacher.close();
            throw new JobFailedException(
                    "distillation.teacher_version: \"%s\" does not take the rows of this job (expected: a model of the same inputs): %s"
                            .formatted(version, e.getMessage()));
        } catch (RuntimeException e) {
            teacher.close();
            throw e;
        }
        return teacher;
    }

    private static OnnxModel loaded(String version, byte[] graph) {
        try {
            return OnnxModel.load(graph);
        } catch (PlatformFailedException e) {
            throw new JobFailedException(
                    "distillation.teacher_version: \"%s\" cannot be loaded (expected: a graph with all weights in it): %s"
                            .formatted(version, e.getMessage()));
        }
    }

    private static String shown(List<String> labels) {
        return labels.size() <= 20 ? labels.toString() : labels.subList(0, 20) + " and more";
    }

    @Override
    public Tensor probabilities(long[] rows) {
        float[] answers = session.predict(training.feeds(rows).stream()
                .map(feed -> new OnnxInput(feed.input(), feed.values(), feed.shape()))
                .toList());
        if (answers.length != rows.length * classes) {
            throw new JobFailedException("the teacher answers %d numbers for %d rows (expected: %d probabilities each)"
                    .formatted(answers.length, rows.length, classes));
        }
        double sum = 0;
        for (float answer : answers) {
            if (!(answer >= -ROUNDING && answer <= 1 + ROUNDING)) {
                throw new JobFailedException("the teacher answers %s (expected: probabilities)".formatted(answer));
            }
            sum += answer;
        }
        if (Math.abs(sum / rows.length - 1) > ROUNDING) {
            throw new JobFailedException(
                    "the teacher's answers for a row sum up to %s (expected: 1, as probabilities do)"
                            .formatted(sum / rows.length));
        }
        return TensorValues.of(answers, rows.length, classes);
    }

    @Override
    public void close() {
        session.close();
    }
}
