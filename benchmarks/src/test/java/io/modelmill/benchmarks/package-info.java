@NullMarked
package io.modelmill.benchmarks;

import org.jspecify.annotations.NullMarked;
