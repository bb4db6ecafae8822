/**
 * The HTTP door: predictions in the Open Inference Protocol's JSON and binary forms, resources as JSON, files as they
 * are. It is a client of the gRPC services of this process, so that both doors answer alike.
 */
@NullMarked
package io.modelmill.gateway.rest;

import org.jspecify.annotations.NullMarked;
