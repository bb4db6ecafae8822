/** NumPy's arrays: the format npy, and npz, a zip of them. No pickles are read. */
@NullMarked
package io.modelmill.dataset.numpy;

import org.jspecify.annotations.NullMarked;
