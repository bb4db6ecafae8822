/** A tenant's calls through the gateway, with the published stubs, and what is shown of them while they run. */
@NullMarked
package io.modelmill.fleet.client;

import org.jspecify.annotations.NullMarked;
