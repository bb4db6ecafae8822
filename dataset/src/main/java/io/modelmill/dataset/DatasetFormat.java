package io.modelmill.dataset;

/** What the files of a data set are. Each may be compressed with gzip, but for those that are zips in themselves. */
public enum DatasetFormat {
    /** RFC 4180 in UTF-8 with a header row. */
    CSV,
    /** Cells between tabs, without quotes, in UTF-8 with a header row. */
    TSV,
    /** A zip of NumPy arrays. */
    NPZ,
    /** Pairs of images and labels as MNIST has them. */
    IDX,
    /** A zip of images in a folder for each class. */
    IMAGES,
    /** Lines of UTF-8. */
    TEXT
}
