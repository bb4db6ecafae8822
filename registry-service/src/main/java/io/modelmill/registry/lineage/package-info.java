/** Where versions come from and what became of what: data-set version, job, version, derived version. */
@NullMarked
package io.modelmill.registry.lineage;

import org.jspecify.annotations.NullMarked;
