package io.modelmill.registry.validation;

import java.util.regex.Pattern;

/**
 * One file of a version.
 *
 * @param path relative path inside the version
 * @param sha256 64 lower-case hexadecimal digits
 * @param sizeBytes 0 as long as the file is not uploaded
 */
public record ModelFile(String path, FileKind kind, String sha256, long sizeBytes) {
    /** What a path must be. */
    public static final String LEGAL_PATH =
            "at most 200 letters, digits, \".\", \"_\", \"-\" and \"/\", relative, no segment empty, \".\" or \"..\"";

    private static final int LONGEST_PATH = 200;
    private static final Pattern SEGMENTS =
            Pattern.compile("(?!\\.{1,2}(/|$))[A-Za-z0-9._-]+(/(?!\\.{1,2}(/|$))[A-Za-z0-9._-]+)*");

    /** Whether a path stays inside its version's folder. */
    public static boolean isLegalPath(String path) {
        return path.length() <= LONGEST_PATH && SEGMENTS.matcher(path).matches();
    }
}
