package io.modelmill.gateway.rest;

import io.modelmill.servicekit.error.ServiceException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A part of a file, as a Range header asks for it (RFC 9110, section 14).
 *
 * @param first its first byte, from 0
 * @param last its last byte, within the file
 */
record RequestedRange(long first, long last) {
    /** Longer numbers are none that a file has. */
    private static final Pattern ONE_RANGE = Pattern.compile("bytes=([0-9]{0,18})-([0-9]{0,18})");

    /**
     * The part that is asked for; empty if all is, for want of a header or in a form that may be left unread: other units, or
     * many ranges.
     *
     * @throws ServiceException RANGE_NOT_SATISFIABLE if the file has none of these bytes
     */
    static Optional<RequestedRange> of(@Nullable String header, long size) {
        Matcher range = ONE_RANGE.matcher(header == null ? "" : header.strip());
        if (!range.matches() || range.group(1).isEmpty() && range.group(2).isEmpty()) {
            return Optional.empty();
        }
        boolean isSuffix = range.group(1).isEmpty();
        long first = isSuffix ? Math.max(0, size - Long.parseLong(range.group(2))) : Long.parseLong(range.group(1));
        long last =
                isSuffix || range.group(2).isEmpty() ? size - 1 : Math.min(size - 1, Long.parseLong(range.group(2)));
        if (!isSuffix && !range.group(2).isEmpty() && first > Long.parseLong(range.group(2))) {
            // Malformed, so as if it were not there.
            return Optional.empty();
        }
        if (first > last) {
            throw new ServiceException(
                    RestReason.RANGE_NOT_SATISFIABLE,
                    "range: \"" + header + "\" (expected: bytes of a file of " + size + ")");
        }
        return Optional.of(new RequestedRange(first, last));
    }

    long length() {
        return last - first + 1;
    }

    /** For the header Content-Range. */
    String contentRange(long size) {
        return "bytes " + first + "-" + last + "/" + size;
    }
}
