@NullMarked
package io.modelmill.fleet;

import org.jspecify.annotations.NullMarked;
