package io.modelmill.worker.network;

import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** What a recurrent layer computes at each step. */
@SuppressWarnings("ImmutableEnumChecker") // The order is never changed.
enum Cell {
    RNN("RNN", 0) {
        @Override
        Answer run(Tensor input, Tensor state, TensorVector weights, boolean training, boolean bidirectional) {
            return answer(torch.rnn_tanh(input, state, weights, true, 1, 0, training, bidirectional, true));
        }

        @Override
        Answer run(PackedSteps steps, Tensor state, TensorVector weights, boolean training, boolean bidirectional) {
            return answer(torch.rnn_tanh(
                    steps.values(), steps.batchSizes(), state, weights, true, 1, 0, training, bidirectional));
        }
    },
    /** Torch has the gates input, forget, cell, output; ONNX input, output, forget, cell. */
    LSTM("LSTM", 0, 3, 1, 2) {
        @Override
        Answer run(Tensor input, Tensor state, TensorVector weights, boolean training, boolean bidirectional) {
            return answer(torch.lstm(
                    input, new TensorVector(state, state), weights, true, 1, 0, training, bidirectional, true));
        }

        @Override
        Answer run(PackedSteps steps, Tensor state, TensorVector weights, boolean training, boolean bidirectional) {
            var states = new TensorVector(state, state);
            return answer(torch.lstm(
                    steps.values(), steps.batchSizes(), states, weights, true, 1, 0, training, bidirectional));
        }
    },
    /** Torch has the gates reset, update, new; ONNX update, reset, hidden. */
    GRU("GRU", 1, 0, 2) {
        @Override
        Answer run(Tensor input, Tensor state, TensorVector weights, boolean training, boolean bidirectional) {
            return answer(torch.gru(input, state, weights, true, 1, 0, training, bidirectional, true));
        }

        @Override
        Answer run(PackedSteps steps, Tensor state, TensorVector weights, boolean training, boolean bidirectional) {
            return answer(
                    torch.gru(steps.values(), steps.batchSizes(), state, weights, true, 1, 0, training, bidirectional));
        }
    };

    private final String operator;
    private final int[] gateOrder;

    Cell(String operator, int... gateOrder) {
        this.operator = operator;
        this.gateOrder = gateOrder;
    }

    /** ONNX's name. */
    String operator() {
        return operator;
    }

    int gates() {
        return gateOrder.length;
    }

    /** Torch's place of the gate that ONNX has at a place. */
    int gate(int place) {
        return gateOrder[place];
    }

    /**
     * Reads all steps.
     *
     * @param input {@code [batch, steps, features]}
     * @param state that each direction begins with, {@code [directions, batch, units]}
     * @param weights of input, of state, bias of input, bias of state; of each direction
     */
    abstract Answer run(Tensor input, Tensor state, TensorVector weights, boolean training, boolean bidirectional);

    /** The same for rows of several lengths, each read to its own end; what it answers is packed as they are. */
    abstract Answer run(PackedSteps steps, Tensor state, TensorVector weights, boolean training, boolean bidirectional);

    private static Answer answer(T_TensorTensor_T result) {
        return new Answer(result.get0(), result.get1());
    }

    private static Answer answer(T_TensorTensorTensor_T result) {
        return new Answer(result.get0(), result.get1());
    }

    /**
     * What a layer answers.
     *
     * @param steps {@code [batch, steps, directions * units]}
     * @param last state of each direction after its last step, {@code [directions, batch, units]}
     */
    record Answer(Tensor steps, Tensor last) {}
}
