/** What a tenant asks to train, and the rules that tell every fault of it at once. */
@NullMarked
package io.modelmill.training.spec;

import org.jspecify.annotations.NullMarked;
