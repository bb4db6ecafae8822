/**
 * Recipes: files that name data, model, training job and the figures to reach; read strictly, run through the gateway, and
 * judged by what the served version answers.
 */
@NullMarked
package io.modelmill.fleet.train;

import org.jspecify.annotations.NullMarked;
