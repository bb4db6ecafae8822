/** Tests of the chart: rendered by real Helm, each manifest read into the Kubernetes API's own types. */
@NullMarked
package io.modelmill.helm.chart;

import org.jspecify.annotations.NullMarked;
