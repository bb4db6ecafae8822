package io.modelmill.fleet.train;

import io.modelmill.fleet.installation.FleetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What a recipe asks for, in one of its sizes.
 *
 * @param file where it stands
 * @param spec TrainingSpec in protobuf's JSON form, without model and data set; versions of other models may be named by the
 *     id of the model alone
 * @param scheduling Scheduling in protobuf's JSON form
 */
public record Recipe(
        Path file, Model model, Dataset dataset, String spec, String scheduling, List<Expectation> expectations) {
    public Recipe {
        expectations = List.copyOf(expectations);
    }

    /** The model that gets the version, and how it is shown. */
    public record Model(String id, String displayName, String description) {}

    /**
     * The rows.
     *
     * @param format such as {@code csv}
     * @param files at least one; they may have to be fetched first
     * @param columnTypes declared types by column, {@code number} or {@code text}
     */
    public record Dataset(
            String id, String description, String format, List<Path> files, Map<String, String> columnTypes) {
        public Dataset {
            files = List.copyOf(files);
            columnTypes = Map.copyOf(columnTypes);
        }

        /** Throws unless all files are there. */
        public void requireFiles() {
            for (Path file : files) {
                if (!Files.isRegularFile(file)) {
                    throw new FleetException(
                            "dataset.files: " + file + " is not there (expected: a file; README.md beside"
                                    + " the recipe says where it comes from, and --dataset-folder where else it is)");
                }
            }
        }
    }
}
