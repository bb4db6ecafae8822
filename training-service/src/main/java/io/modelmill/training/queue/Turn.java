package io.modelmill.training.queue;

/** The job that is next. */
public record Turn(String tenant, long jobKey) {}
