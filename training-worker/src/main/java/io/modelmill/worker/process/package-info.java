/** The process itself: how it ends, with which code, and what it logs. */
@NullMarked
package io.modelmill.worker.process;

import org.jspecify.annotations.NullMarked;
