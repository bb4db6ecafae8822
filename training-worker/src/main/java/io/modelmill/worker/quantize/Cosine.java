package io.modelmill.worker.quantize;

/** How alike two answers are. */
final class Cosine {
    private Cosine() {}

    /** 1 for the same direction, 0 for none in common; 1 for two answers of zeros alone, 0 where one of them is. */
    static double of(float[] first, float[] second) {
        if (first.length != second.length) {
            throw new IllegalArgumentException(second.length + " numbers (expected: " + first.length + ")");
        }
        double product = 0;
        double squares = 0;
        double others = 0;
        for (int i = 0; i < first.length; i++) {
            product += (double) first[i] * second[i];
            squares += (double) first[i] * first[i];
            others += (double) second[i] * second[i];
        }
        if (squares == 0 || others == 0) {
            return squares == others ? 1 : 0;
        }
        return product / Math.sqrt(squares * others);
    }
}
