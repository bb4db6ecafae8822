/** Checks a version's files in a child process, which a broken or hostile model may kill. */
@NullMarked
package io.modelmill.registry.validation;

import org.jspecify.annotations.NullMarked;
