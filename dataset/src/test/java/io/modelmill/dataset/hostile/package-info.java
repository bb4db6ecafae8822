/** Files that somebody broke, by chance or on purpose, and a process that reads them with little memory. */
@NullMarked
package io.modelmill.dataset.hostile;

import org.jspecify.annotations.NullMarked;
