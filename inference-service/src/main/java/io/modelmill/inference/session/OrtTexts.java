package io.modelmill.inference.session;

/**
 * Where ONNX Runtime's Java API and UTF-8 part ways. It passes texts through JNI's modified UTF-8, in which characters
 * beyond U+FFFF are six bytes and U+0000 is two: a graph would see other bytes than the caller sent, and find nothing.
 *
 * <p>The same holds for answers, where nothing shows it: a text with characters beyond U+FFFF that the graph itself holds,
 * such as an emoji among its labels, comes back damaged and shortened: bytes of it are lost, so it cannot be mended here,
 * nor be told for certain from a whole one. Class labels of a version do not go through the graph and are whole.
 */
public final class OrtTexts {
    private OrtTexts() {}

    /** Whether a graph sees the text's true UTF-8. */
    public static boolean canBeFed(String text) {
        return text.chars().noneMatch(unit -> unit == 0 || Character.isSurrogate((char) unit));
    }
}
