package io.modelmill.registry.validation.graph;

/** What a model calls things, which may be anything, as errors show it. */
final class Quotes {
    private static final int LONGEST = 200;

    private Quotes() {}

    /** The name in quotes, in one line, cut where it would fill the message. */
    static String quote(String name) {
        String line = name.replaceAll("\\p{Cntrl}", "?");
        return "\"" + (line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...") + "\"";
    }
}
