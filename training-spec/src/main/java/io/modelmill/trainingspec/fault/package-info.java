/** What is wrong with a spec. */
@NullMarked
package io.modelmill.trainingspec.fault;

import org.jspecify.annotations.NullMarked;
