package io.modelmill.dataset.image;

import io.modelmill.dataset.BadDataException;
import io.modelmill.dataset.DatasetColumn;
import io.modelmill.dataset.DatasetFile;
import io.modelmill.dataset.ReadLimits;
import io.modelmill.dataset.RowCursor;
import io.modelmill.dataset.Subset;
import io.modelmill.dataset.source.Quotes;
import io.modelmill.dataset.source.UnpackedBytes;
import io.modelmill.dataset.source.ZipArchive;
import io.modelmill.dataset.source.ZipDirectory;
import io.modelmill.dataset.source.ZipEntryHeader;
import io.modelmill.dataset.table.DecimalNumber;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Images [channels, height, width] and their classes, subset by subset in the zip's order. The first image tells the shape;
 * a grey one among coloured ones has its channel three times.
 */
public final class ImagesCursor implements RowCursor {
    private static final int IMAGE_COLUMN = 0;
    private static final int LABEL_COLUMN = 1;

    private final ZipArchive archive;
    private final int largestImage;
    private final ImageDecoder decoder;
    private final Deque<Optional<Subset>> toRead;
    private final List<DatasetColumn> columns;
    private final ImageKind kind;
    private Optional<Subset> subset = Optional.empty();
    private ZipDirectory directory;
    private @Nullable Row row;
    /** Whether the row was read to know the columns, and is still to be answered. */
    private boolean isAhead;

    private ImagesCursor(ZipArchive archive, ReadLimits limits) {
        this.archive = archive;
        this.largestImage = limits.rowBytes();
        this.decoder = new ImageDecoder(limits.rowBytes());
        this.toRead = subsets(archive);
        this.subset = toRead.removeFirst();
        this.directory = archive.directory();
        Row ahead = Objects.requireNonNull(read(), "the zip has images");
        this.row = ahead;
        this.isAhead = true;
        this.kind = ImageKind.of(ahead.image, ahead.place);
        this.columns = List.of(
                new DatasetColumn("image", DatasetColumn.Type.BYTES, kind.shape()),
                new DatasetColumn("label", DatasetColumn.Type.CELL, List.of()));
    }

    /** Opens the one file of a data set. */
    public static RowCursor open(List<DatasetFile> files, ReadLimits limits) {
        if (files.size() != 1) {
            throw new BadDataException(files.size() + " files (expected: one zip)");
        }
        ZipArchive archive =
                ZipArchive.open(files.getFirst(), new UnpackedBytes(limits.contentBytes()), limits.entries());
        try {
            return new ImagesCursor(archive, limits);
        } catch (RuntimeException e) {
            try {
                archive.close();
            } catch (IOException failure) {
                e.addSuppressed(failure);
            }
            throw e;
        }
    }

    /** Looks at all names. */
    private static Deque<Optional<Subset>> subsets(ZipArchive archive) {
        TreeSet<Subset> found = new TreeSet<>();
        boolean without = false;
        ZipDirectory entries = archive.directory();
        for (ZipEntryHeader entry = entries.next(); entry != null; entry = entries.next()) {
            ImagePath path = ImagePath.parse(entry.name());
            if (path != null) {
                path.subset().ifPresent(found::add);
                without |= path.subset().isEmpty();
                if (without && !found.isEmpty()) {
                    throw new BadDataException(Quotes.quote(entry.name())
                            + ": a path unlike those before (expected: all CLASS/NAME or all SUBSET/CLASS/NAME)");
                }
            }
        }
        Deque<Optional<Subset>> subsets = new ArrayDeque<>();
        if (without) {
            subsets.add(Optional.empty());
        }
        found.forEach(which -> subsets.add(Optional.of(which)));
        if (subsets.isEmpty()) {
            throw new BadDataException("no images (expected: at least one, CLASS/NAME)");
        }
        return subsets;
    }

    @Override
    public List<DatasetColumn> columns() {
        return columns;
    }

    @Override
    public boolean next() {
        if (isAhead) {
            isAhead = false;
            return true;
        }
        // Not two of them in memory.
        row = null;
        row = read();
        if (row == null) {
            return false;
        }
        kind.check(row.image, row.place);
        return true;
    }

    private @Nullable Row read() {
        while (true) {
            ZipEntryHeader entry = directory.next();
            if (entry == null) {
                if (toRead.isEmpty()) {
                    return null;
                }
                subset = toRead.removeFirst();
                directory = archive.directory();
                continue;
            }
            ImagePath path = ImagePath.parse(entry.name());
            if (path != null && path.subset().equals(subset)) {
                return new Row(entry.name(), path.label(), decode(entry));
            }
        }
    }

    private DecodedImage decode(ZipEntryHeader entry) {
        if (entry.size() > largestImage) {
            throw new BadDataException(
                    entry.name() + ": " + entry.size() + " bytes (expected: at most " + largestImage + ")");
        }
        try (InputStream file = archive.open(entry)) {
            return decoder.decode(file, entry.name());
        } catch (IOException e) {
            throw new UncheckedIOException("the data set could not be read", e);
        }
    }

    @Override
    public Optional<Subset> subset() {
        return subset;
    }

    @Override
    public String text(int column) {
        if (column != LABEL_COLUMN) {
            throw new IllegalArgumentException("column " + column + " is of tensors");
        }
        return row().label;
    }

    @Override
    public double number(int column) {
        return DecimalNumber.read(text(column), this::place, columns.get(column).name());
    }

    @Override
    public void tensor(int column, MemorySegment target) {
        if (column != IMAGE_COLUMN) {
            throw new IllegalArgumentException("column " + column + " is of cells");
        }
        DecodedImage image = row().image;
        MemorySegment values = MemorySegment.ofArray(image.values());
        for (int copy = 0; copy < kind.channels() / image.channels(); copy++) {
            MemorySegment.copy(values, 0, target, copy * values.byteSize(), values.byteSize());
        }
    }

    @Override
    public String place() {
        return row().place;
    }

    private Row row() {
        return Objects.requireNonNull(row, "no row");
    }

    @Override
    public void close() throws IOException {
        decoder.close();
        archive.close();
    }

    private record Row(String place, String label, DecodedImage image) {}
}
