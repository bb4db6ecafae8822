/** Kills, stops and cuts off the parts of a fleet while jobs run, and then counts what was lost, doubled or out of order. */
@NullMarked
package io.modelmill.benchmarks.faults;

import org.jspecify.annotations.NullMarked;
