package io.modelmill.registry.artifact;

import io.modelmill.registry.error.RegistryReason;
import io.modelmill.servicekit.error.FieldViolation;
import io.modelmill.servicekit.error.ServiceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A part of a file, within it.
 *
 * @param offset first byte, from 0
 * @param length in bytes
 */
record ByteRange(long offset, long length) {
    /**
     * The part that a request asks for.
     *
     * @param length 0 for all from the offset on
     * @throws ServiceException OUT_OF_RANGE with the fields that are not within the file
     */
    static ByteRange of(long offset, long length, long size) {
        List<FieldViolation> violations = new ArrayList<>();
        boolean startsWithin = offset >= 0 && offset <= size;
        if (!startsWithin) {
            violations.add(
                    new FieldViolation("offset_bytes", offset + " (expected: 0 to " + size + ", the file's size)"));
        }
        long most = startsWithin ? size - offset : size;
        if (length < 0 || length > most) {
            violations.add(new FieldViolation(
                    "length_bytes",
                    length + " (expected: 0 to " + most + ", the file's "
                            + (startsWithin ? "bytes from the offset on" : "size") + ")"));
        }
        if (!violations.isEmpty()) {
            throw new ServiceException(
                    RegistryReason.RANGE_OUTSIDE_FILE,
                    violations.stream()
                            .map(violation -> violation.field() + ": " + violation.description())
                            .collect(Collectors.joining("; ")),
                    violations,
                    Optional.empty());
        }
        return new ByteRange(offset, length == 0 ? most : length);
    }
}
