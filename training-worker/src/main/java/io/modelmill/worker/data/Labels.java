package io.modelmill.worker.data;

import io.modelmill.dataset.RowCursor;
import io.modelmill.worker.rows.Answers;
import io.modelmill.worker.split.Groups;
import io.modelmill.worker.split.RowUses;
import io.modelmill.worker.store.Stored;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** What is predicted of each row. Rows are numbered in the data set's order. */
interface Labels {
    /** The row itself. */
    Labels NONE = new Labels() {
        @Override
        public boolean read(RowCursor row) {
            return true;
        }

        @Override
        public void finish() {}

        @Override
        public List<Stored> stored() {
            return List.of();
        }

        @Override
        public Groups fit(RowUses uses) {
            return Groups.ONE;
        }

        @Override
        public Answers answers(RowUses uses) {
            return new Answers.Itself();
        }

        @Override
        public Tensor target(long[] rows) {
            return torch.empty(0);
        }
    };

    /**
     * Keeps what a row has.
     *
     * @return whether it is there; a row where it is not is dropped
     */
    boolean read(RowCursor row);

    /** Ends reading. */
    void finish();

    /** What makes a row the same as another. */
    List<Stored> stored();

    /** Learns what there is among the rows that are left, and answers which of them keep their share on each side of a split. */
    Groups fit(RowUses uses);

    /** What the network learns to answer, once the rows are divided. */
    Answers answers(RowUses uses);

    /** The target of some rows, in the caller's scope. */
    Tensor target(long[] rows);
}
