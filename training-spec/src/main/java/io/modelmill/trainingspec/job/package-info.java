/** What a job asks for, as plain values: the one view of it that training-service and the worker share. */
@NullMarked
package io.modelmill.trainingspec.job;

import org.jspecify.annotations.NullMarked;
