package io.modelmill.worker.run;

import io.modelmill.worker.card.EnergyMeter;
import io.modelmill.worker.train.TrainingListener;
import io.modelmill.worker.train.TrainingProgress;

/** Reads the meter whenever there is something to tell: often enough for counters that begin anew. */
record MeteredListener(TrainingListener listener, EnergyMeter meter) implements TrainingListener {
    @Override
    public void progressed(TrainingProgress progress) {
        meter.read();
        listener.progressed(progress);
    }

    @Override
    public void epochFinished(TrainingProgress progress) {
        meter.read();
        listener.epochFinished(progress);
    }

    @Override
    public boolean stopRequested() {
        return listener.stopRequested();
    }
}
