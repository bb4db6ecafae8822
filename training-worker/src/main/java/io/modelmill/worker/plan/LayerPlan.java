package io.modelmill.worker.plan;

/**
 * One layer as it was asked for; which fields count is up to the layer's type.
 *
 * @param type name in the catalogue of layers
 * @param units outputs, 0 when not given
 * @param activation name of an activation, empty for none
 * @param rate fraction that is dropped while training
 */
public record LayerPlan(String type, int units, String activation, double rate) {
    public static LayerPlan dense(int units, String activation) {
        return new LayerPlan("dense", units, activation, 0);
    }

    public static LayerPlan activation(String activation) {
        return new LayerPlan("activation", 0, activation, 0);
    }

    public static LayerPlan dropout(double rate) {
        return new LayerPlan("dropout", 0, "", rate);
    }
}
