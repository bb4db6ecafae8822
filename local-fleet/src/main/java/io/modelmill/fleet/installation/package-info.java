/** What lies where: the packaged parts of the fleet, the folder of its data, its ports and its keys. */
@NullMarked
package io.modelmill.fleet.installation;

import org.jspecify.annotations.NullMarked;
