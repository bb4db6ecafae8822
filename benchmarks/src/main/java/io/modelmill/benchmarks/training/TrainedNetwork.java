package io.modelmill.benchmarks.training;

/** What both train: networks of images of 28 x 28 pixels of ten classes. */
enum TrainedNetwork {
    /** 784-128-10. */
    MLP,
    /** Two convolutions of 32 filters, each before a pool, then the classes. */
    CNN;

    static final int SIDE = 28;
    static final int PIXELS = SIDE * SIDE;
    static final int CLASSES = 10;
    static final int HIDDEN = 128;
    static final int FILTERS = 32;
    static final int BATCH = 64;
    static final double LEARNING_RATE = 0.001;
}
