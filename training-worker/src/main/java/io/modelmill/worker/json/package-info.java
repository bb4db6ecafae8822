/** JSON into memory. */
@NullMarked
package io.modelmill.worker.json;

import org.jspecify.annotations.NullMarked;
