/** The main job from end to end, as a tenant's backend would do it: through the gateway, with the published stubs. */
@NullMarked
package io.modelmill.fleet.quickstart;

import org.jspecify.annotations.NullMarked;
