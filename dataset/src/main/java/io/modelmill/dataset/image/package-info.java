/** Zips of images in a folder for each class. */
@NullMarked
package io.modelmill.dataset.image;

import org.jspecify.annotations.NullMarked;
