package io.modelmill.registry.lineage;

import io.modelmill.registry.version.Lineage;
import java.util.ArrayList;
import java.util.List;

/**
 * What one version was made of.
 *
 * @param name of the version
 */
record VersionOrigin(String name, Lineage lineage) {
    /** Data-set version to job to version; to the version itself if no job made it. What it was derived from to the version. */
    List<LineageLink> links() {
        List<LineageLink> links = new ArrayList<>();
        lineage.trainingJob().ifPresent(job -> links.add(new LineageLink(job, name)));
        lineage.datasetVersion()
                .ifPresent(data ->
                        links.add(new LineageLink(data, lineage.trainingJob().orElse(name))));
        lineage.parentVersion().ifPresent(parent -> links.add(new LineageLink(parent, name)));
        return links;
    }
}
