package io.modelmill.trainingspec.sweep;

import java.util.List;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;

/** Which values a field may take. */
public sealed interface Domain {
    /** How many there are; empty if they cannot be counted. */
    OptionalLong size();

    /** One of those that can be counted, from 0. */
    Scalar at(long index);

    /** Any of them. */
    Scalar draw(RandomGenerator random);

    /** Values by name. */
    record Values(List<Scalar> values) implements Domain {
        public Values {
            values = List.copyOf(values);
        }

        @Override
        public OptionalLong size() {
            return OptionalLong.of(values.size());
        }

        @Override
        public Scalar at(long index) {
            return values.get(Math.toIntExact(index));
        }

        @Override
        public Scalar draw(RandomGenerator random) {
            return values.get(random.nextInt(values.size()));
        }
    }

    /**
     * Numbers between two, both included.
     *
     * @param logarithmic whether each order of magnitude is as likely as the next; both ends are then above 0
     */
    record Range(double min, double max, boolean logarithmic) implements Domain {
        @Override
        public OptionalLong size() {
            return OptionalLong.empty();
        }

        @Override
        public Scalar at(long index) {
            throw new UnsupportedOperationException("numbers of a range cannot be counted");
        }

        @Override
        public Scalar draw(RandomGenerator random) {
            double share = random.nextDouble();
            double drawn = logarithmic
                    ? Math.exp(Math.log(min) + share * (Math.log(max) - Math.log(min)))
                    : min + share * (max - min);
            // Rounding must not lead out of the range.
            return new Scalar.Number(Math.clamp(drawn, min, max));
        }
    }

    /**
     * Whole numbers between two, both included.
     *
     * @param logarithmic whether each order of magnitude is as likely as the next; both ends are then above 0
     */
    record WholeRange(long min, long max, boolean logarithmic) implements Domain {
        @Override
        public OptionalLong size() {
            return OptionalLong.of(Math.addExact(Math.subtractExact(max, min), 1));
        }

        @Override
        public Scalar at(long index) {
            return new Scalar.Number(min + index);
        }

        @Override
        public Scalar draw(RandomGenerator random) {
            if (!logarithmic) {
                return new Scalar.Number(random.nextLong(min, Math.addExact(max, 1)));
            }
            // Half a step beyond both ends, or the ends were half as likely as their neighbours.
            double low = Math.log(min - 0.5);
            double high = Math.log(max + 0.5);
            long drawn = Math.round(Math.exp(low + random.nextDouble() * (high - low)));
            return new Scalar.Number(Math.clamp(drawn, min, max));
        }
    }
}
