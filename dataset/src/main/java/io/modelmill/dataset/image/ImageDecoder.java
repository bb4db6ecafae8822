package io.modelmill.dataset.image;

import io.modelmill.dataset.BadDataException;
import io.modelmill.dataset.source.Quotes;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Decodes images with the JDK's readers, after a look at their sizes. For one thread. */
final class ImageDecoder implements Closeable {
    private static final List<Format> FORMATS = List.of(
            new Format("png", "89504e47"),
            new Format("jpeg", "ffd8ff"),
            new Format("gif", "47494638"),
            new Format("bmp", "424d"));

    private final long mostBytes;
    private final Map<String, ImageReader> readers = new HashMap<>();

    /** @param mostBytes of an image once it is decoded */
    ImageDecoder(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    /** Decodes the first image of a file and reads the file to its end. */
    DecodedImage decode(InputStream file, String place) {
        InputStream bytes = new BufferedInputStream(new DiskFailures(file));
        ImageReader reader = null;
        try (MemoryCacheImageInputStream input = new MemoryCacheImageInputStream(bytes)) {
            reader = reader(bytes, place);
            reader.setInput(input, true, true);
            BufferedImage image = read(reader, place);
            // To the end, where the checksum is looked at.
            bytes.transferTo(OutputStream.nullOutputStream());
            return DecodedImage.of(image, place);
        } catch (BadDataException | UncheckedIOException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // The readers throw what comes when they meet nonsense.
            throw new BadDataException(place + ": an image that cannot be read, "
                    + Quotes.quote(String.valueOf(e.getMessage())) + " (expected: PNG, JPEG, BMP or GIF)");
        } finally {
            if (reader != null) {
                reader.reset();
            }
        }
    }

    private BufferedImage read(ImageReader reader, String place) throws IOException {
        long width = reader.getWidth(0);
        long height = reader.getHeight(0);
        long bits = 1;
        for (var types = reader.getImageTypes(0); types.hasNext(); ) {
            ColorModel colors = types.next().getColorModel();
            int values = colors instanceof IndexColorModel ? 3 : colors.getNumColorComponents();
            bits = Math.max(bits, Math.max(colors.getPixelSize(), values * Byte.SIZE));
        }
        if (width <= 0 || height <= 0 || width > mostBytes || height > mostBytes * Byte.SIZE / bits / width) {
            throw new BadDataException(place + ": an image of " + width + "x" + height + " pixels of " + bits
                    + " bits (expected: 1 to " + mostBytes + " bytes)");
        }
        return reader.read(0);
    }

    private ImageReader reader(InputStream bytes, String place) throws IOException {
        bytes.mark(4);
        byte[] start = bytes.readNBytes(4);
        bytes.reset();
        String magic = HexFormat.of().formatHex(start);
        for (Format format : FORMATS) {
            if (magic.startsWith(format.magic)) {
                return readers.computeIfAbsent(
                        format.name,
                        name -> ImageIO.getImageReadersByFormatName(name).next());
            }
        }
        throw new BadDataException(
                place + ": no image, it begins with 0x" + magic + " (expected: PNG, JPEG, BMP or GIF)");
    }

    @Override
    public void close() {
        readers.values().forEach(ImageReader::dispose);
        readers.clear();
    }

    /** A format by its first bytes. */
    private record Format(String name, String magic) {}

    /** Tells a file that cannot be read from one that holds no image: the readers' own failures are IOExceptions too. */
    private static final class DiskFailures extends FilterInputStream {
        DiskFailures(InputStream file) {
            super(file);
        }

        @Override
        public int read() {
            try {
                return super.read();
            } catch (IOException e) {
                throw new UncheckedIOException("the data set could not be read", e);
            }
        }

        @Override
        public int read(byte[] buffer, int offset, int length) {
            try {
                return super.read(buffer, offset, length);
            } catch (IOException e) {
                throw new UncheckedIOException("the data set could not be read", e);
            }
        }
    }
}
