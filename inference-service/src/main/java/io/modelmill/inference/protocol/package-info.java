/**
 * The Open Inference Protocol at the door: reads and checks requests, answers them, and gives classes as text where a
 * caller asks for them.
 */
@NullMarked
package io.modelmill.inference.protocol;

import org.jspecify.annotations.NullMarked;
