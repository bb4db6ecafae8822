package io.modelmill.benchmarks.model;

import io.modelmill.benchmarks.machine.Workspace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A model repository: {@code MODEL/VERSION/model.onnx}. A version appears whole or not at all.
 *
 * @param root its folder
 */
public record ModelFolder(Path root) {
    /** Makes an empty one. */
    public static ModelFolder create(Path root) {
        try {
            return new ModelFolder(Files.createDirectories(root));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The file of a version's graph. */
    public Path graph(String model, int version) {
        return version(model, version).resolve("model.onnx");
    }

    /** Adds a version that is served as the server thinks best. */
    public void add(BenchModel model, int version) {
        add(model, version, "");
    }

    /** Adds a version, with a serving.json unless that is empty; one that is there stays. */
    public void add(BenchModel model, int version, String serving) {
        if (Files.exists(version(model.name(), version))) {
            return;
        }
        Path made = root.resolveSibling(root.getFileName() + "-made-" + model.name() + "-" + version);
        try {
            Files.createDirectories(made);
            Files.write(made.resolve("model.onnx"), model.graph());
            if (!serving.isEmpty()) {
                Files.writeString(made.resolve("serving.json"), serving);
            }
            Path place = version(model.name(), version);
            Files.createDirectories(root.resolve(model.name()));
            Files.move(made, place, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Takes a version away, whole. */
    public void remove(String model, int version) {
        Path gone = root.resolveSibling(root.getFileName() + "-gone-" + model + "-" + version);
        try {
            Files.move(version(model, version), gone, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Workspace.delete(gone);
    }

    private Path version(String model, int version) {
        return root.resolve(model).resolve(Integer.toString(version));
    }
}
