/**
 * What this replica knows of models: their versions, signatures, aliases and grants, and how a caller's name finds one.
 */
@NullMarked
package io.modelmill.inference.model;

import org.jspecify.annotations.NullMarked;
