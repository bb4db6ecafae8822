package io.modelmill.dataset.source;

/**
 * One entry of a zip's directory.
 *
 * @param name a path between slashes that stays below its folder
 * @param isDeflated whether its bytes are raw deflate; else they stand as they are
 * @param checksum CRC-32 of its content
 * @param packedSize bytes in the zip
 * @param size bytes of its content
 * @param offset where its own header stands in the zip
 */
public record ZipEntryHeader(String name, boolean isDeflated, long checksum, long packedSize, long size, long offset) {
    /** Whether it only names a folder. */
    public boolean isFolder() {
        return name.endsWith("/");
    }
}
