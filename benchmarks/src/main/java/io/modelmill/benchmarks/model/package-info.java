/** The models that are measured, with one request's input each. */
@NullMarked
package io.modelmill.benchmarks.model;

import org.jspecify.annotations.NullMarked;
