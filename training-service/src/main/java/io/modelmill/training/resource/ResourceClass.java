package io.modelmill.training.resource;

/**
 * A size of workers that tenants choose by its name.
 *
 * @param name such as {@code small}
 */
public record ResourceClass(String name, Resources resources) {}
