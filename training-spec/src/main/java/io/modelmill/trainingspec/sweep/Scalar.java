package io.modelmill.trainingspec.sweep;

/** A value for one field of a spec. */
public sealed interface Scalar {
    /** A number, whole where the field is. */
    record Number(double value) implements Scalar {
        @Override
        public String toString() {
            return value == Math.rint(value) && Math.abs(value) < 1e15 ? Long.toString((long) value) : "" + value;
        }
    }

    /** A text, such as the name of an optimiser. */
    record Text(String value) implements Scalar {
        @Override
        public String toString() {
            return value;
        }
    }

    /** True or false. */
    record Flag(boolean value) implements Scalar {
        @Override
        public String toString() {
            return Boolean.toString(value);
        }
    }
}
