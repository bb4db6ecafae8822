/**
 * Reads a graph's file before ONNX Runtime sees it: whether its sizes, nesting, operators and external data are what may be
 * loaded. Nothing of the file is kept, so that a graph of gigabytes needs no more memory than a small one.
 */
@NullMarked
package io.modelmill.registry.validation.graph;

import org.jspecify.annotations.NullMarked;
