/** Page sizes and page tokens of list methods. */
@NullMarked
package io.modelmill.servicekit.paging;

import org.jspecify.annotations.NullMarked;
