package io.modelmill.registry.validation.graph;

import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * Holds tensors to the version's files. A location is taken only if it is letter by letter the path of a file that was
 * listed: as no listed path leaves the version's folder, no location does.
 */
final class ExternalData {
    private final GraphFiles files;
    private final Set<String> used = new HashSet<>();

    ExternalData(GraphFiles files) {
        this.files = files;
    }

    /** @param bytes what the tensor's dimensions claim */
    void check(String tensor, ExternalReference reference, long bytes) throws ModelFault {
        reference.check(tensor);
        String location = reference.path();
        String path = files.beside(location);
        Long size = files.externalData().get(path);
        if (size == null) {
            throw unlisted(tensor, location, path);
        }
        used.add(path);
        long offset = reference.bytes(tensor, "offset", 0);
        long length = reference.bytes(tensor, "length", bytes);
        if (length != bytes) {
            throw new ModelFault(
                    tensor + ": external_data.length " + length + " (expected: " + bytes + ", which its dims claim)");
        }
        if (offset > size || length > size - offset) {
            throw new ModelFault(tensor + ": " + length + " bytes from " + offset + " of file " + Quotes.quote(path)
                    + " (expected: within its " + size + " bytes)");
        }
    }

    private ModelFault unlisted(String tensor, String location, String path) {
        String what = tensor + ": external_data.location " + Quotes.quote(location);
        if (leaves(location)) {
            return new ModelFault(
                    what + " (expected: a relative path of letters, digits, \".\", \"_\", \"-\" and \"/\","
                            + " no segment empty, \".\" or \"..\")");
        }
        if (path.equals(files.graph()) || files.others().contains(path)) {
            return new ModelFault(
                    what + ": file " + Quotes.quote(path) + " is of another kind (expected: EXTERNAL_DATA)");
        }
        return new ModelFault(what + ": the version has no file " + Quotes.quote(path) + " (expected: one of "
                + shown(files.externalData().keySet()) + ")");
    }

    private static boolean leaves(String location) {
        return location.startsWith("/")
                || !location.matches("[A-Za-z0-9._/-]+")
                || location.matches("(.*/)?\\.{0,2}(/.*)?");
    }

    /** @throws ModelFault if a file was listed that no tensor lies in */
    void checkAllUsed() throws ModelFault {
        for (String path : new TreeSet<>(files.externalData().keySet())) {
            if (!used.contains(path)) {
                throw new ModelFault("file " + Quotes.quote(path)
                        + ": of kind EXTERNAL_DATA, but no tensor lies in it (expected: one of " + shown(used) + ")");
            }
        }
    }

    private static String shown(Set<String> paths) {
        Set<String> sorted = new TreeSet<>(paths);
        int most = 5;
        return sorted.size() <= most
                ? sorted.toString()
                : sorted.stream().limit(most).toList() + " and " + (sorted.size() - most) + " more";
    }
}
