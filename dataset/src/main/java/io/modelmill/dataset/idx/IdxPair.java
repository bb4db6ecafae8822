package io.modelmill.dataset.idx;

import io.modelmill.dataset.BadDataException;
import io.modelmill.dataset.DatasetFile;
import io.modelmill.dataset.Subset;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The two files of a subset. */
record IdxPair(Subset subset, DatasetFile images, DatasetFile labels) {
    private static final Pattern NAME = Pattern.compile(
            "(?<prefix>train|validation|test|t10k)-(?:(?<images>images[-.]idx3)|labels[-.]idx1)[-.]ubyte(?:\\.gz)?");

    /** The pairs that the files' names tell, in the subsets' order. */
    static List<IdxPair> of(List<DatasetFile> files) {
        Map<Subset, DatasetFile> images = new EnumMap<>(Subset.class);
        Map<Subset, DatasetFile> labels = new EnumMap<>(Subset.class);
        for (DatasetFile file : files) {
            Matcher name = NAME.matcher(file.name());
            if (!name.matches()) {
                throw new BadDataException(file.name()
                        + ": a name that tells nothing (expected: such as train-images-idx3-ubyte,"
                        + " train-labels-idx1-ubyte, t10k-images-idx3-ubyte)");
            }
            Subset subset = switch (name.group("prefix")) {
                case "train" -> Subset.TRAIN;
                case "validation" -> Subset.VALIDATION;
                default -> Subset.TEST;
            };
            boolean isImages = name.group("images") != null;
            DatasetFile other = (isImages ? images : labels).putIfAbsent(subset, file);
            if (other != null) {
                throw new BadDataException(file.name() + ": the " + (isImages ? "images" : "labels")
                        + " of a subset that " + other.name() + " has already (expected: one file)");
            }
        }
        List<IdxPair> pairs = new ArrayList<>();
        for (Subset subset : Subset.values()) {
            DatasetFile imageFile = images.get(subset);
            DatasetFile labelFile = labels.get(subset);
            if (imageFile != null && labelFile != null) {
                pairs.add(new IdxPair(subset, imageFile, labelFile));
            } else if (imageFile != null) {
                throw new BadDataException(imageFile.name() + ": images alone (expected: a file of their labels too)");
            } else if (labelFile != null) {
                throw new BadDataException(labelFile.name() + ": labels alone (expected: a file of their images too)");
            }
        }
        return pairs;
    }
}
