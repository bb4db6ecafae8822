/** What goes from the store: versions whose time is over, files that nothing names, and what crashes left behind. */
@NullMarked
package io.modelmill.registry.garbage;

import org.jspecify.annotations.NullMarked;
