/** What each tenant may use at a time and in a month, and how large its share is. */
@NullMarked
package io.modelmill.training.quota;

import org.jspecify.annotations.NullMarked;
