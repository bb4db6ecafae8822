package io.modelmill.dataset.image;

import io.modelmill.dataset.BadDataException;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * Values of an image as they stand in its file, without its transparency.
 *
 * @param channels 1 for grey, 3 for red, green, blue
 * @param values {@code [channels, height, width]}, 0 to 255
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data: never compared, never changed after construction.
record DecodedImage(int channels, int height, int width, byte[] values) {
    static DecodedImage of(BufferedImage image, String place) {
        ColorModel colors = image.getColorModel();
        if (colors instanceof IndexColorModel palette) {
            return ofPalette(image.getRaster(), palette);
        }
        int channels = colors.getNumColorComponents();
        if (channels != 1 && channels != 3) {
            throw new BadDataException(
                    place + ": " + channels + " colours a pixel (expected: grey or red, green, blue)");
        }
        // Not BufferedImage.getRGB, which takes grey for linear light and changes it.
        Raster raster = image.getRaster();
        int height = image.getHeight();
        int width = image.getWidth();
        byte[] values = new byte[channels * height * width];
        int[] row = new int[width];
        for (int channel = 0; channel < channels; channel++) {
            int bits = colors.getComponentSize(channel);
            for (int y = 0; y < height; y++) {
                raster.getSamples(0, y, width, 1, channel, row);
                int start = (channel * height + y) * width;
                for (int x = 0; x < width; x++) {
                    values[start + x] = (byte) scaled(row[x], bits);
                }
            }
        }
        return new DecodedImage(channels, height, width, values);
    }

    private static DecodedImage ofPalette(Raster raster, IndexColorModel palette) {
        int[] colors = new int[palette.getMapSize()];
        palette.getRGBs(colors);
        boolean grey = true;
        for (int color : colors) {
            int red = color >> 16 & 0xff;
            grey &= red == (color >> 8 & 0xff) && red == (color & 0xff);
        }
        int channels = grey ? 1 : 3;
        int height = raster.getHeight();
        int width = raster.getWidth();
        byte[] values = new byte[channels * height * width];
        int[] row = new int[width];
        for (int y = 0; y < height; y++) {
            raster.getSamples(0, y, width, 1, 0, row);
            for (int x = 0; x < width; x++) {
                // A file may name colours that its palette lacks: black, as other readers have it.
                int color = row[x] < colors.length ? colors[row[x]] : 0;
                for (int channel = 0; channel < channels; channel++) {
                    values[(channel * height + y) * width + x] = (byte) (color >> 16 - 8 * channel);
                }
            }
        }
        return new DecodedImage(channels, height, width, values);
    }

    private static int scaled(int sample, int bits) {
        if (bits > 8) {
            return sample >>> bits - 8;
        }
        return bits == 8 ? sample : sample * 255 / ((1 << bits) - 1);
    }
}
