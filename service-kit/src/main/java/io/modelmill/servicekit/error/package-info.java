/** One exception that callers may see, and one function from any failure to a google.rpc.Status. */
@NullMarked
package io.modelmill.servicekit.error;

import org.jspecify.annotations.NullMarked;
