package io.modelmill.trainingspec.fault;

/**
 * One thing that is wrong with a spec.
 *
 * @param path of the field in the spec, such as {@code network.layers[2].units}
 * @param offending the value that came
 * @param expected what would have been right, such as {@code 1 to 65536}
 */
public record Fault(String path, Object offending, String expected) {
    @Override
    public String toString() {
        String shown = offending instanceof CharSequence text ? '"' + text.toString() + '"' : String.valueOf(offending);
        return path + ": " + shown + " (expected: " + expected + ")";
    }
}
