/** Bytes of files, addressed by SHA-256 within a tenant: upload, download and the store behind them. */
@NullMarked
package io.modelmill.registry.artifact;

import org.jspecify.annotations.NullMarked;
