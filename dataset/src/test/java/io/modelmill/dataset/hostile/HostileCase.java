package io.modelmill.dataset.hostile;

import io.modelmill.dataset.DatasetFormat;
import java.util.Map;

/**
 * A data set that may be broken.
 *
 * @param how it was broken, for messages
 * @param files by name
 */
record HostileCase(String how, DatasetFormat format, Map<String, byte[]> files) {}
