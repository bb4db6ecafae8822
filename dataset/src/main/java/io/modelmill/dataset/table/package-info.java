/** Tables: cells between commas or tabs, a header row first. */
@NullMarked
package io.modelmill.dataset.table;

import org.jspecify.annotations.NullMarked;
