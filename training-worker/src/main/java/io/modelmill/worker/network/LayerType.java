package io.modelmill.worker.network;

import io.modelmill.worker.plan.LayerPlan;

/** An entry of the catalogue of layers. */
public interface LayerType {
    /** What a job calls it. */
    String name();

    /**
     * Numbers that the layer would learn, so that a network that fits no memory is refused before it is made.
     *
     * @param inputWidth values of each row that the layer takes
     */
    long parameterCount(LayerPlan plan, long inputWidth);

    /** Values that the layer would answer for each row. */
    long outputWidth(LayerPlan plan, long inputWidth);

    /** Makes the layer, its weights drawn from torch's generator. */
    Layer create(LayerPlan plan, long inputWidth);
}
