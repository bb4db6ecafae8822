package io.modelmill.dataset.image;

import io.modelmill.dataset.BadDataException;
import java.util.List;

/**
 * What all images of a data set have in common.
 *
 * @param channels as {@link DecodedImage} has them
 * @param place of the first image, which tells it
 */
record ImageKind(int channels, int height, int width, String place) {
    static ImageKind of(DecodedImage image, String place) {
        return new ImageKind(image.channels(), image.height(), image.width(), place);
    }

    List<Long> shape() {
        return List.of((long) channels, (long) height, (long) width);
    }

    /** Throws if an image is of another size, or coloured among grey ones. */
    void check(DecodedImage image, String where) {
        if (image.height() != height || image.width() != width || image.channels() > channels) {
            throw new BadDataException(
                    where + ": " + of(image, where).shown() + " (expected: " + shown() + ", as " + place + " is)");
        }
    }

    private String shown() {
        return (channels == 1 ? "grey, " : "coloured, ") + width + " wide, " + height + " high";
    }
}
