/** Resource names as the AIPs ask for them: collections and ids in turn. */
@NullMarked
package io.modelmill.servicekit.resourcename;

import org.jspecify.annotations.NullMarked;
