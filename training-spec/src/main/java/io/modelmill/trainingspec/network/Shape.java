package io.modelmill.trainingspec.network;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What one row is between two layers, without the axis of the batch: {@code [features]} of a table, {@code [channels, height,
 * width]} of an image, {@code [steps, features]} of a sequence, {@code [steps]} of tokens.
 *
 * @param element what stands in it
 * @param axes lengths; {@link #ANY} where rows differ, which only the steps of a sequence do
 */
public record Shape(Element element, List<Long> axes) {
    /** The length of an axis that is not known before the rows are. */
    public static final long ANY = -1;

    /** What a tensor holds. */
    public enum Element {
        /** Any number. */
        NUMBER,
        /** Numbers of entries of a vocabulary, for an embedding. */
        TOKEN
    }

    public Shape {
        axes = List.copyOf(axes);
    }

    /** Numbers of these axes. */
    public static Shape numbers(long... axes) {
        return new Shape(Element.NUMBER, java.util.Arrays.stream(axes).boxed().toList());
    }

    /** So many tokens. */
    public static Shape tokens(long steps) {
        return new Shape(Element.TOKEN, List.of(steps));
    }

    public int rank() {
        return axes.size();
    }

    /** The length of an axis; negative counts from the last, which is -1. */
    public long axis(int index) {
        return axes.get(index < 0 ? axes.size() + index : index);
    }

    /** The length of the last axis. */
    public long width() {
        return axes.getLast();
    }

    /** The same but for the last axis. */
    public Shape withWidth(long width) {
        List<Long> changed = new java.util.ArrayList<>(axes);
        changed.set(changed.size() - 1, width);
        return new Shape(element, changed);
    }

    /** Whether it is numbers of a sequence. */
    public boolean isSequence() {
        return element == Element.NUMBER && axes.size() == 2;
    }

    /** Whether it is numbers of an image. */
    public boolean isImage() {
        return element == Element.NUMBER && axes.size() == 3;
    }

    /** Whether all rows have the same. */
    public boolean isFixed() {
        return !axes.contains(ANY);
    }

    /** Values of a row, of a shape that is fixed. */
    public long size() {
        if (!isFixed()) {
            throw new IllegalStateException(this + " has no size");
        }
        return axes.stream().reduce(1L, Math::multiplyExact);
    }

    @Override
    public String toString() {
        return (element == Element.TOKEN ? "tokens " : "")
                + axes.stream()
                        .map(axis -> axis == ANY ? "any" : Long.toString(axis))
                        .collect(Collectors.joining(", ", "[", "]"));
    }
}
