package io.modelmill.inference.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.model.ServingSpec.Padding;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.model.TensorSpec;
import io.modelmill.inference.session.InputTensor;
import io.modelmill.inference.session.OutputTensor;
import io.modelmill.inference.session.TensorContent;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PaddingTest {
    private static final Padding TO_4_AND_8 =
            new Padding(1, List.of(4, 8), Map.of(FakeGraph.INPUT, 0.0), List.of(FakeGraph.OUTPUT));

    private final CountDownLatch release = new CountDownLatch(1);
    private final FakeGraph graph = new FakeGraph(1, run -> {
        try {
            release.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    });
    private final RunScheduler scheduler = new RunScheduler(1, 100, 1000, Map.of());
    private final Batcher batcher = scheduler.batcher(
            graph, new BatchPolicy(BatchLimits.upTo(8), Map.of(), Optional.of(TO_4_AND_8)), new CountedRuns(), "test");

    @AfterEach
    void close() {
        release.countDown();
        scheduler.close();
    }

    @Test
    void runsLengthsOfABucketTogetherAndAnswersEachItsOwn() {
        occupy();
        Answer three = submit(1, 2, 3);
        Answer four = submit(2, 1, 4);
        Answer one = submit(3, 3, 1);
        Answer six = submit(4, 1, 6);
        release.countDown();

        assertAnswer(three, 1, 2, 3);
        assertAnswer(four, 2, 1, 4);
        assertAnswer(one, 3, 3, 1);
        assertAnswer(six, 4, 1, 6);
        assertThat(shapes()).containsExactly(List.of(6L, 4L), List.of(1L, 6L));
    }

    @Test
    void doesNotPadRequestsOfTheSameLength() {
        occupy();
        Answer one = submit(1, 1, 3);
        Answer two = submit(2, 2, 3);
        release.countDown();

        assertAnswer(one, 1, 1, 3);
        assertAnswer(two, 2, 2, 3);
        assertThat(shapes()).containsExactly(List.of(3L, 3L));
    }

    @Test
    void runsWhatIsLongerThanTheLargestBucketAmongEquals() {
        occupy();
        Answer nine = submit(1, 1, 9);
        Answer ten = submit(2, 1, 10);
        Answer another = submit(3, 1, 9);
        release.countDown();

        assertAnswer(nine, 1, 1, 9);
        assertAnswer(ten, 2, 1, 10);
        assertAnswer(another, 3, 1, 9);
        assertThat(shapes()).containsExactly(List.of(2L, 9L), List.of(1L, 10L));
    }

    @Test
    void neverPadsOutputsThatItCannotCut() {
        FakeGraph pooling =
                new FakeGraph(1, run -> {
                    try {
                        release.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }) {
                    @Override
                    List<Long> outputShape(List<Long> input) {
                        return List.of(input.getFirst(), 1L, input.getLast());
                    }
                };
        Batcher odd = scheduler.batcher(
                pooling,
                new BatchPolicy(BatchLimits.upTo(8), Map.of(), Optional.of(TO_4_AND_8)),
                new CountedRuns(),
                "test");
        occupy();
        Answer three = new Answer();
        odd.submit(Requests.of("acme", 1, 1, 3), three);
        Answer two = new Answer();
        odd.submit(Requests.of("acme", 2, 1, 2), two);
        release.countDown();

        assertThat(three.await().values()).isEqualTo(Requests.answer(1, 1, 3));
        assertThat(two.await().values()).isEqualTo(Requests.answer(2, 1, 2));
    }

    @Test
    void fillsAndCutsAnAxisBetweenOthers() {
        Signature signature = new Signature(
                List.of(new TensorSpec("ids", Datatype.INT16, List.of(-1L, 2L, -1L, 3L))),
                List.of(new TensorSpec("out", Datatype.INT16, List.of(-1L, 2L, -1L, 3L))));
        Padder padder = new Padder(new Padding(2, List.of(4), Map.of("ids", -7.0), List.of("out")), signature);
        InputTensor input =
                new InputTensor("ids", Datatype.INT16, List.of(1L, 2L, 2L, 3L), new TensorContent.Elements(24, into -> {
                    for (short value = 1; value <= 12; value++) {
                        into.putShort(value);
                    }
                }));
        ByteBuffer buffer = ByteBuffer.allocate(2 + 48).order(ByteOrder.LITTLE_ENDIAN);
        buffer.position(2);
        assertThat(padder.bytes(input, 4)).isEqualTo(48);

        padder.write(input, 4, buffer);

        assertThat(buffer.position()).isEqualTo(50);
        assertThat(shorts(buffer.flip().position(2).slice()))
                .containsExactly(1, 2, 3, 4, 5, 6, -7, -7, -7, -7, -7, -7, 7, 8, 9, 10, 11, 12, -7, -7, -7, -7, -7, -7);
        OutputTensor.Elements cut = (OutputTensor.Elements) padder.cut(
                new OutputTensor.Elements(
                        "out",
                        Datatype.INT16,
                        List.of(1L, 2L, 4L, 3L),
                        buffer.slice(2, 48).order(ByteOrder.LITTLE_ENDIAN)),
                2);
        assertThat(cut.shape()).containsExactly(1L, 2L, 2L, 3L);
        assertThat(shorts(cut.elements())).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    }

    @Test
    void refusesPaddingOfWhatTheGraphDoesNotHave() {
        assertRefused(
                new Padding(1, List.of(4), Map.of("mask", 0.0), List.of()),
                "padding.inputs.mask: \"mask\" (expected: one of [x])");
        assertRefused(
                new Padding(1, List.of(4), Map.of("x", 0.0), List.of("z")),
                "padding.outputs: \"z\" (expected: one of [y])");
        assertRefused(
                new Padding(2, List.of(4), Map.of("x", 0.0), List.of()),
                "padding.inputs.x: x [-1, -1] (expected: a variable axis 2)");
        assertRefused(
                new Padding(0, List.of(4), Map.of("x", 0.0), List.of()),
                "padding.axis: 0 (expected: 1 or more, for the first axis is the rows)");
        assertRefused(
                new Padding(1, List.of(4, 4), Map.of("x", 0.0), List.of()),
                "padding.buckets: [4, 4] (expected: positive and ascending)");
        assertRefused(
                new Padding(1, List.of(), Map.of("x", 0.0), List.of()),
                "padding.buckets: [] (expected: at least one length)");
        assertRefused(
                new Padding(1, List.of(4), Map.of(), List.of()), "padding.inputs: {} (expected: at least one input)");
    }

    @Test
    void refusesAFillThatTheInputCannotHold() {
        Signature ids = new Signature(
                List.of(new TensorSpec("ids", Datatype.INT8, List.of(-1L, -1L))),
                List.of(new TensorSpec("y", Datatype.FP32, List.of(-1L))));
        for (double fill : List.of(0.5, 256.0, -129.0, Double.NaN)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new Padder(new Padding(1, List.of(4), Map.of("ids", fill), List.of()), ids))
                    .withMessageStartingWith("padding.inputs.ids: " + fill);
        }
    }

    private void assertRefused(Padding padding, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Padder(padding, graph.signature()))
                .withMessage(message);
    }

    private void occupy() {
        submit(9, 8, 1);
        Eventually.until("the thread is taken", () -> graph.runs.size() == 1);
    }

    private Answer submit(float number, int rows, int length) {
        Answer answer = new Answer();
        batcher.submit(Requests.of("acme", number, rows, length), answer);
        return answer;
    }

    private static void assertAnswer(Answer answer, float number, int rows, int length) {
        assertThat(answer.await().values()).isEqualTo(Requests.answer(number, rows, length));
        assertThat(answer.shape()).containsExactly((long) rows, (long) length);
    }

    private List<List<Long>> shapes() {
        return graph.runs.stream().skip(1).map(FakeGraph.Run::shape).toList();
    }

    private static List<Integer> shorts(ByteBuffer bytes) {
        ByteBuffer values = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        List<Integer> read = new ArrayList<>();
        while (values.hasRemaining()) {
            read.add((int) values.getShort());
        }
        return read;
    }
}
