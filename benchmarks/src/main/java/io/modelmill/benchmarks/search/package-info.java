/** What it costs to find one version among very many. */
@NullMarked
package io.modelmill.benchmarks.search;

import org.jspecify.annotations.NullMarked;
