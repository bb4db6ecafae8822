package io.modelmill.worker.evaluate;

/**
 * How well a score tells some rows from others, as the area under the curve of true against false positives: the share of pairs
 * of a right and a wrong row in which the right one scores higher, ties half.
 *
 * <p>Scores are counted in places that lie closest around 0; two scores in one place are a tie. Places are less than a millionth
 * wide at 0 and less than 0.4 % of the score further out.
 */
final class RankCurve {
    private static final int PLACES = 4096;
    private static final double FARTHEST = 64;
    private static final double NEAREST = 1e-4;
    private static final double STRETCH = PLACES / Math.log1p(FARTHEST / NEAREST);

    private final long[] right = new long[2 * PLACES + 1];
    private final long[] wrong = new long[2 * PLACES + 1];

    /** @param score log odds */
    void add(double score, boolean isRight) {
        (isRight ? right : wrong)[place(score)]++;
    }

    private static int place(double score) {
        double distance = Math.min(Math.abs(score), FARTHEST);
        int place = (int) (Math.log1p(distance / NEAREST) * STRETCH);
        return PLACES + (score < 0 ? -Math.min(place, PLACES) : Math.min(place, PLACES));
    }

    /** The area, from 0 to 1; NaN unless there are both right and wrong rows. */
    double area() {
        double below = 0;
        double pairs = 0;
        double allRight = 0;
        for (int place = 0; place < right.length; place++) {
            pairs += right[place] * (below + wrong[place] / 2.0);
            below += wrong[place];
            allRight += right[place];
        }
        return pairs / (allRight * below);
    }
}
