package io.modelmill.fleet.train;

import io.modelmill.fleet.installation.FleetException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads recipes strictly: every fault of a file is told at once, with its line. */
public final class RecipeReader {
    /** The size that a recipe has without further ado. */
    public static final String FULL = "full";

    private static final Pattern ID = Pattern.compile("[a-z][a-z0-9-]{0,62}");
    private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9._-]{1,200}");
    private static final Set<String> FORMATS =
            new LinkedHashSet<>(List.of("csv", "tsv", "npz", "idx", "images", "text"));
    private static final Set<String> TYPES = new LinkedHashSet<>(List.of("number", "text"));
    /** What a size may change: the model's name is the same in all. */
    private static final List<String> SIZED = List.of("dataset", "spec", "scheduling", "expect");

    private final Path file;
    private final Faults faults;
    private final @Nullable Path datasetFolder;

    private RecipeReader(Path file, @Nullable Path datasetFolder) {
        this.file = file;
        this.faults = new Faults(file);
        this.datasetFolder = datasetFolder;
    }

    /**
     * Reads a recipe.
     *
     * @param size one of the recipe's, or {@link #FULL}
     * @param datasetFolder where the data set's files are, instead of what the recipe says
     * @throws FleetException for what is no recipe; lists all faults
     */
    public static Recipe read(Path file, String size, Optional<Path> datasetFolder) {
        return new RecipeReader(file, datasetFolder.orElse(null)).read(size);
    }

    private Recipe read(String size) {
        Tree tree = TreeReader.read(file, faults);
        if (!(tree instanceof Tree.Table root)) {
            faults.expected(tree, "", "model, dataset, spec, expect and perhaps sizes");
            faults.throwIfAny();
            throw new IllegalStateException("a fault was noted");
        }
        // The whole file is checked, whichever size is asked for.
        Map<String, Tree.Table> sizes = sizes(root);
        Recipe full = recipe(root);
        Map<String, Recipe> recipes = new LinkedHashMap<>(Map.of(FULL, full));
        sizes.forEach((name, overlay) -> recipes.put(name, recipe((Tree.Table) root.overlaidBy(overlay))));
        faults.throwIfAny();
        Recipe chosen = recipes.get(size);
        if (chosen == null) {
            throw new FleetException(
                    "--size: \"" + size + "\" (expected: one of " + String.join(", ", recipes.keySet()) + ")");
        }
        return chosen;
    }

    private Map<String, Tree.Table> sizes(Tree.Table root) {
        Map<String, Tree.Table> sizes = new LinkedHashMap<>();
        if (!(root.entries().get("sizes") instanceof Tree.Table table)) {
            return sizes;
        }
        table.entries().forEach((name, value) -> {
            String path = "sizes." + name;
            if (!ID.matcher(name).matches() || name.equals(FULL)) {
                faults.add(table.lineOf(name), path, "a name that cannot be (expected: " + ID + ", not " + FULL + ")");
            } else if (value instanceof Tree.Table overlay) {
                overlay.entries().keySet().stream()
                        .filter(part -> !SIZED.contains(part))
                        .forEach(part -> faults.add(
                                overlay.lineOf(part),
                                path + "." + part,
                                "unknown (expected: one of " + String.join(", ", SIZED) + ")"));
                sizes.put(name, overlay);
            } else {
                faults.expected(value, path, "fields");
            }
        });
        return sizes;
    }

    private Recipe recipe(Tree.Table root) {
        Fields fields = new Fields(root, "", faults);
        fields.require("model", "id, displayName and description");
        fields.require("dataset", "id, format and files");
        fields.require("spec", "a TrainingSpec");
        fields.require("expect", "measures and their bounds");
        Recipe.Model model = fields.fields("model").map(this::model).orElse(new Recipe.Model("", "", ""));
        Recipe.Dataset dataset =
                fields.fields("dataset").map(this::dataset).orElse(new Recipe.Dataset("", "", "", List.of(), Map.of()));
        Optional<Tree> spec = fields.value("spec");
        spec.ifPresent(tree -> SpecProtoMapper.check(tree, "spec", faults));
        List<Expectation> expectations = new ArrayList<>();
        fields.fields("expect")
                .ifPresent(all -> all.all()
                        .keySet()
                        .forEach(measure -> all.fields(measure)
                                .ifPresent(bounds -> expectations.add(expectation(measure, all, bounds)))));
        Optional<Tree> scheduling = fields.value("scheduling");
        scheduling.ifPresent(tree -> SpecProtoMapper.checkScheduling(tree, "scheduling", faults));
        fields.fields("sizes").ifPresent(Fields::all);
        fields.refuseOthers();
        return new Recipe(
                file,
                model,
                dataset,
                spec.map(tree -> tree.json().toString()).orElse("{}"),
                scheduling.map(tree -> tree.json().toString()).orElse("{}"),
                expectations);
    }

    private Recipe.Model model(Fields fields) {
        fields.require("id", ID.toString());
        String id = fields.text("id", ID).orElse("");
        Recipe.Model model = new Recipe.Model(
                id,
                fields.text("displayName").orElse(id),
                fields.text("description").orElse(""));
        fields.refuseOthers();
        return model;
    }

    private Recipe.Dataset dataset(Fields fields) {
        fields.require("id", ID.toString());
        fields.require("format", "one of " + String.join(", ", FORMATS));
        fields.require("files", "names of files");
        String id = fields.text("id", ID).orElse("");
        String format = fields.text("format").orElse("");
        if (!format.isEmpty() && !FORMATS.contains(format)) {
            fields.fault("format", "\"" + format + "\" (expected: one of " + String.join(", ", FORMATS) + ")");
        }
        Path folder = folder(fields.text("folder").orElse("."));
        List<String> names = fields.texts("files");
        if (names.isEmpty()) {
            fields.fault("files", "none (expected: at least one name of a file)");
        }
        names.stream()
                .filter(name -> !FILE_NAME.matcher(name).matches())
                .forEach(name -> fields.fault("files", "\"" + name + "\" (expected: " + FILE_NAME + ")"));
        Map<String, String> types = new LinkedHashMap<>();
        fields.fields("columns")
                .ifPresent(columns -> columns.all()
                        .keySet()
                        .forEach(column -> columns.text(column).ifPresent(type -> {
                            if (!TYPES.contains(type)) {
                                columns.fault(
                                        column, "\"" + type + "\" (expected: one of " + String.join(", ", TYPES) + ")");
                            }
                            types.put(column, type);
                        })));
        Recipe.Dataset dataset = new Recipe.Dataset(
                id,
                fields.text("description").orElse(""),
                format,
                names.stream()
                        .filter(name -> FILE_NAME.matcher(name).matches())
                        .map(folder::resolve)
                        .toList(),
                types);
        fields.refuseOthers();
        return dataset;
    }

    private Path folder(String given) {
        if (datasetFolder != null) {
            return datasetFolder;
        }
        Path parent = file.toAbsolutePath().getParent();
        return (parent == null ? Path.of(given) : parent.resolve(given)).normalize();
    }

    private Expectation expectation(String measure, Fields all, Fields bounds) {
        Expectation expectation =
                new Expectation(measure, bounds.number("atLeast"), bounds.number("atMost"), bounds.number("baseline"));
        bounds.refuseOthers();
        if (expectation.atLeast().isEmpty() && expectation.atMost().isEmpty()) {
            all.fault(measure, "no bound (expected: atLeast or atMost)");
        }
        // A figure that the trivial way reaches as well says nothing.
        expectation
                .baseline()
                .filter(expectation::isWithin)
                .ifPresent(baseline ->
                        all.fault(measure, "baseline " + baseline + " (expected: one that is out of the bounds)"));
        return expectation;
    }
}
