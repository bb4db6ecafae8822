package io.modelmill.inference.placement;

import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedVersion;
import java.nio.file.Path;

/** Where a version's files lie on this machine. */
@FunctionalInterface
public interface VersionFiles {
    /**
     * Brings all files of the version together and answers their folder, in which each lies under its path.
     *
     * @throws LoadFailedException if a file cannot be had or its bytes are not those that were announced
     */
    Path bring(ModelKey model, ServedVersion version) throws LoadFailedException;
}
