/** The commands of the launcher. */
@NullMarked
package io.modelmill.fleet.cli;

import org.jspecify.annotations.NullMarked;
