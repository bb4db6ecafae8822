package io.modelmill.registry.lineage;

/**
 * One step of lineage.
 *
 * @param source name of what was used
 * @param target name of what was made with it
 */
public record LineageLink(String source, String target) {}
