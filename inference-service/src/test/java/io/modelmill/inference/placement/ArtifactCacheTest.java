package io.modelmill.inference.placement;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.modelmill.inference.model.Grant;
import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedModel;
import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.model.VersionFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArtifactCacheTest {
    private static final ModelKey MODEL = new ModelKey("acme", "digits");
    private static final byte[] GRAPH = "the graph".getBytes(UTF_8);
    private static final byte[] WEIGHTS = "the weights".getBytes(UTF_8);

    private final Map<String, byte[]> offered = new HashMap<>();
    private int downloads;

    @TempDir
    Path directory;

    private ArtifactCache cache;

    @BeforeEach
    void open() {
        cache = new ArtifactCache(directory, (tenant, sha256, sink) -> {
            downloads++;
            byte[] bytes = offered.get(tenant + "/" + sha256);
            if (bytes == null) {
                throw new IOException("the registry answered NOT_FOUND");
            }
            sink.write(bytes);
        });
    }

    @Test
    void laysFilesUnderTheirPaths() throws Exception {
        Path graph = cache.bring(MODEL, version(1, GRAPH, WEIGHTS)).resolve("model.onnx");

        assertThat(graph).hasBinaryContent(GRAPH).hasFileName("model.onnx");
        assertThat(graph.resolveSibling("data/weights.bin")).hasBinaryContent(WEIGHTS);
    }

    @Test
    void downloadsEachFileOnce() throws Exception {
        cache.bring(MODEL, version(1, GRAPH, WEIGHTS));
        cache.bring(MODEL, version(2, GRAPH, WEIGHTS));

        assertThat(downloads).isEqualTo(2);
    }

    @Test
    void refusesBytesThatAreNotThoseOfTheHash() throws Exception {
        ServedVersion version = version(1, GRAPH, WEIGHTS);
        offered.replaceAll((name, bytes) -> "other".getBytes(UTF_8));

        assertThatExceptionOfType(LoadFailedException.class)
                .isThrownBy(() -> cache.bring(MODEL, version))
                .withMessage("file \"model.onnx\" has SHA-256 " + sha256("other".getBytes(UTF_8)) + " (expected: "
                        + sha256(GRAPH) + ")");
        assertThat(directory.resolve("artifacts")).isEmptyDirectory();
    }

    @Test
    void endsADownloadThatBringsMoreThanAnnounced() throws Exception {
        ServedVersion version = version(1, GRAPH, WEIGHTS);
        offered.replaceAll((name, bytes) -> new byte[GRAPH.length + 100]);

        assertThatExceptionOfType(LoadFailedException.class)
                .isThrownBy(() -> cache.bring(MODEL, version))
                .withMessageContaining("more than the announced " + GRAPH.length + " bytes came");
        assertThat(directory.resolve("artifacts")).isEmptyDirectory();
    }

    @Test
    void fetchesAnewWhatIsDamagedOnDisk() throws Exception {
        ServedVersion version = version(1, GRAPH, WEIGHTS);
        Path graph = cache.bring(MODEL, version).resolve("model.onnx");
        Files.writeString(directory.resolve("artifacts").resolve(sha256(GRAPH)), "damaged");

        assertThat(cache.bring(MODEL, version).resolve("model.onnx"))
                .isEqualTo(graph)
                .hasBinaryContent(GRAPH);
        assertThat(downloads).isEqualTo(3);
    }

    @Test
    void servesWhatItHasWithoutTheSource() throws Exception {
        ServedVersion version = version(1, GRAPH, WEIGHTS);
        cache.bring(MODEL, version);
        offered.clear();

        assertThat(cache.bring(MODEL, version).resolve("model.onnx")).hasBinaryContent(GRAPH);
    }

    @Test
    void saysWhatCannotBeFetched() {
        ServedVersion version = version(1, GRAPH, WEIGHTS);
        offered.clear();

        assertThatExceptionOfType(LoadFailedException.class)
                .isThrownBy(() -> cache.bring(MODEL, version))
                .withMessage("file \"model.onnx\" could not be fetched: the registry answered NOT_FOUND");
    }

    @Test
    void deletesWhatNoVersionNeeds() throws Exception {
        ServedVersion kept = version(1, GRAPH);
        Path keptGraph = cache.bring(MODEL, kept).resolve("model.onnx");
        Path unneeded = cache.bring(MODEL, version(2, WEIGHTS)).resolve("model.onnx");

        cache.retain(() -> List.of(ServedModel.of(MODEL, 1, new Grant.OwnerOnly(), List.of(kept), Map.of())));

        assertThat(keptGraph).exists();
        assertThat(unneeded).doesNotExist();
        assertThat(directory.resolve("artifacts").resolve(sha256(GRAPH))).exists();
        assertThat(directory.resolve("artifacts").resolve(sha256(WEIGHTS))).doesNotExist();
    }

    @Test
    void deletesDownloadsThatNeverEnded() throws Exception {
        Path left = Files.writeString(
                Files.createDirectories(directory.resolve("artifacts")).resolve("arriving-1.part"), "half");

        cache.deleteUnfinished();

        assertThat(left).doesNotExist();
    }

    private ServedVersion version(long number, byte[] graph, byte[]... data) {
        List<VersionFile> files = new java.util.ArrayList<>();
        files.add(file("model.onnx", true, graph));
        for (byte[] bytes : data) {
            files.add(file("data/weights.bin", false, bytes));
        }
        return new ServedVersion(number, files, new Signature(List.of(), List.of()), List.of());
    }

    private VersionFile file(String path, boolean graph, byte[] bytes) {
        offered.put(MODEL.tenant() + "/" + sha256(bytes), bytes);
        return new VersionFile(path, graph, sha256(bytes), bytes.length);
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
