package io.modelmill.dataset.source;

/** Texts of others in messages. */
public final class Quotes {
    private static final int LONGEST = 60;

    private Quotes() {}

    /** Short and on one line, whatever the text holds. */
    public static String quote(String text) {
        String start = text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
        return '"' + start.replaceAll("\\p{Cntrl}", "?") + '"';
    }
}
