package io.modelmill.dataset;

import java.nio.file.Path;

/**
 * One file of a data set.
 *
 * @param name as its owner calls it, which may tell what it holds
 * @param content where its bytes are
 */
public record DatasetFile(String name, Path content) {}
