/**
 * Standalone: a folder of models in place of events and registry, callers without tokens, and the file that says how a
 * version is served.
 */
@NullMarked
package io.modelmill.inference.repository;

import org.jspecify.annotations.NullMarked;
