/** The format of MNIST: arrays of bytes behind their dimensions, images and labels in files of their own. */
@NullMarked
package io.modelmill.dataset.idx;

import org.jspecify.annotations.NullMarked;
