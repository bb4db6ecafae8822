/**
 * Who calls: tenants and their API keys, the check of a credential at the door, and the short-lived tokens that stand
 * for it behind the door.
 */
@NullMarked
package io.modelmill.gateway.auth;

import org.jspecify.annotations.NullMarked;
