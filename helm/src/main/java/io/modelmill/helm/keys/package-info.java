/** Makes the token keys that the chart's secret holds; runs on a bare JDK, as a source file. */
@NullMarked
package io.modelmill.helm.keys;

import org.jspecify.annotations.NullMarked;
