/** Makes a version with int8 weights of one that there is: the rewrite of its graph, and the job that measures what it costs. */
@NullMarked
package io.modelmill.worker.quantize;

import org.jspecify.annotations.NullMarked;
