package io.modelmill.trainingspec.job;

import io.modelmill.trainingspec.network.Shape;

/**
 * What a network's first layer takes for each row.
 *
 * @param exact whether the shape is certain; else its width is the most that the distinct texts of the data can make
 * @param storedBytes of a row on a worker's disk
 */
record RowInput(Shape shape, boolean exact, long storedBytes) {}
