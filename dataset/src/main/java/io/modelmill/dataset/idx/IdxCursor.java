package io.modelmill.dataset.idx;

import io.modelmill.dataset.BadDataException;
import io.modelmill.dataset.DatasetColumn;
import io.modelmill.dataset.DatasetFile;
import io.modelmill.dataset.ReadLimits;
import io.modelmill.dataset.RowCursor;
import io.modelmill.dataset.Subset;
import io.modelmill.dataset.source.UnpackedBytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Images [1, height, width] and their labels, numbers from 0 to 255. */
public final class IdxCursor implements RowCursor {
    private static final int IMAGE_COLUMN = 0;

    private final List<IdxPair> pairs;
    private final UnpackedBytes unpacked;
    private final List<DatasetColumn> columns;
    private final byte[] image;
    private final byte[] label = new byte[1];
    private int position = -1;
    private @Nullable IdxFile images;
    private @Nullable IdxFile labels;
    private long row;

    private IdxCursor(List<DatasetFile> files, ReadLimits limits) {
        this.pairs = IdxPair.of(files);
        this.unpacked = new UnpackedBytes(limits.contentBytes());
        List<Long> shape = shape(limits.rowBytes());
        this.columns = List.of(
                new DatasetColumn("image", DatasetColumn.Type.BYTES, shape),
                new DatasetColumn("label", DatasetColumn.Type.NUMBER, List.of()));
        this.image = new byte[Math.toIntExact(columns.getFirst().size())];
    }

    /** Opens pairs of files, told by their names. */
    public static RowCursor open(List<DatasetFile> files, ReadLimits limits) {
        return new IdxCursor(files, limits);
    }

    /** Reads all headers: shape and number of rows are to be known before the first row. */
    private List<Long> shape(int largestImage) {
        long[] first = {};
        long total = 0;
        for (IdxPair pair : pairs) {
            try (IdxFile imageFile = IdxFile.open(pair.images(), 3, unpacked);
                    IdxFile labelFile = IdxFile.open(pair.labels(), 1, unpacked)) {
                long[] size = imageFile.itemAxes();
                if (size[0] == 0 || size[1] == 0 || size[0] > largestImage || size[1] > largestImage / size[0]) {
                    throw new BadDataException(imageFile.name() + ": images of " + size[0] + "x" + size[1]
                            + " (expected: 1 to " + largestImage + " pixels)");
                }
                if (first.length == 0) {
                    first = size;
                } else if (size[0] != first[0] || size[1] != first[1]) {
                    throw new BadDataException(imageFile.name() + ": images of " + size[0] + "x" + size[1]
                            + " (expected: " + first[0] + "x" + first[1] + ", as in "
                            + pairs.getFirst().images().name() + ")");
                }
                if (labelFile.count() != imageFile.count()) {
                    throw new BadDataException(labelFile.name() + ": " + labelFile.count() + " labels (expected: "
                            + imageFile.count() + ", as many as there are images)");
                }
                total += imageFile.count();
            } catch (IOException e) {
                throw new UncheckedIOException("the data set could not be read", e);
            }
        }
        if (total == 0) {
            throw new BadDataException("no images (expected: at least one)");
        }
        return List.of(1L, first[0], first[1]);
    }

    @Override
    public List<DatasetColumn> columns() {
        return columns;
    }

    @Override
    public boolean next() {
        while (true) {
            IdxFile openImages = images;
            IdxFile openLabels = labels;
            if (openImages != null && openLabels != null) {
                if (row < openImages.count()) {
                    row++;
                    openImages.read(image);
                    openLabels.read(label);
                    return true;
                }
                openImages.expectEnd();
                openLabels.expectEnd();
            }
            if (position + 1 >= pairs.size()) {
                return false;
            }
            openNext();
        }
    }

    private void openNext() {
        try {
            close();
        } catch (IOException e) {
            throw new UncheckedIOException("the data set could not be read", e);
        }
        position++;
        row = 0;
        images = IdxFile.open(pairs.get(position).images(), 3, unpacked);
        labels = IdxFile.open(pairs.get(position).labels(), 1, unpacked);
    }

    @Override
    public Optional<Subset> subset() {
        return Optional.of(pairs.get(position).subset());
    }

    @Override
    public String text(int column) {
        return String.valueOf((int) number(column));
    }

    @Override
    public double number(int column) {
        if (column == IMAGE_COLUMN) {
            throw new IllegalArgumentException("column " + column + " is of tensors");
        }
        return label[0] & 0xff;
    }

    @Override
    public void tensor(int column, MemorySegment target) {
        if (column != IMAGE_COLUMN) {
            throw new IllegalArgumentException("column " + column + " is of numbers");
        }
        target.copyFrom(MemorySegment.ofArray(image));
    }

    @Override
    public String place() {
        return pairs.get(position).subset().name().toLowerCase(Locale.ROOT) + ", row " + row;
    }

    @Override
    public void close() throws IOException {
        try (IdxFile first = images;
                IdxFile second = labels) {
            images = null;
            labels = null;
        }
    }
}
