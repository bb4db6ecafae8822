/** The ModelService of modelmill.registry.v1: models, versions and aliases behind one door. */
@NullMarked
package io.modelmill.registry.api;

import org.jspecify.annotations.NullMarked;
