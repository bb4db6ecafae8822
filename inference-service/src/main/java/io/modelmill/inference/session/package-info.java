/**
 * ONNX Runtime behind plain records: sessions that close only after their last run, and the platform threads that alone
 * make native calls.
 */
@NullMarked
package io.modelmill.inference.session;

import org.jspecify.annotations.NullMarked;
