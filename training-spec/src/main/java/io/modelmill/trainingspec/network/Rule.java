package io.modelmill.trainingspec.network;

import io.modelmill.trainingspec.fault.Faults;

/** What the input of a layer must be. */
final class Rule {
    private Rule() {}

    static boolean numbers(Shape input, Faults faults) {
        return faults.check(
                input.element() == Shape.Element.NUMBER,
                "type",
                "an input of " + input,
                "numbers: an embedding must come before");
    }

    static boolean sequence(Shape input, Faults faults) {
        return faults.check(input.isSequence(), "type", "an input of " + input, "a sequence [steps, features]");
    }

    static boolean sequenceOrImage(Shape input, Faults faults) {
        return faults.check(
                input.isSequence() || input.isImage(),
                "type",
                "an input of " + input,
                "a sequence [steps, features] or an image [channels, height, width]");
    }

    static boolean image(Shape input, Faults faults) {
        return faults.check(input.isImage(), "type", "an input of " + input, "an image [channels, height, width]");
    }
}
