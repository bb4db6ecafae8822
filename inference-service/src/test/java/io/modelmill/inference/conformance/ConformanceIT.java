package io.modelmill.inference.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.fixture.StandaloneProcess;
import io.modelmill.proto.inference.RepositoryIndexRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The ONNX project's own test cases through the packaged service's gRPC port: every case that ONNX Runtime itself passes
 * in this JVM must pass there, in raw and, where the protocol has it, in typed form.
 */
class ConformanceIT {
    /** Folder of the cases; where it is not set, the test is skipped. */
    private static final String CASES = "MODELMILL_CONFORMANCE_CASES";

    private static final int CASES_OF_THE_PACKAGE = 1000;

    @TempDir
    Path directory;

    @Test
    void passesWhatOnnxRuntimePasses() throws Exception {
        List<ConformanceCase> cases = cases();
        Path models = Files.createDirectory(directory.resolve("models"));
        link(models, cases.getFirst());
        Map<String, String> failures = new TreeMap<>();
        Map<String, String> beyondOnnxRuntime = new TreeMap<>();
        int typed = 0;
        try (StandaloneProcess service = StandaloneProcess.start(models, directory.resolve("log"))) {
            for (ConformanceCase test : cases.subList(1, cases.size())) {
                link(models, test);
            }
            Eventually.until("all models are known", () -> known(service) == cases.size());
            ReferenceRun reference = new ReferenceRun();
            ServedRun served = new ServedRun(service.channel());
            for (ConformanceCase test : cases) {
                String why = reference.failure(test);
                if (!why.isEmpty()) {
                    beyondOnnxRuntime.put(test.name(), why);
                    continue;
                }
                String failure = served.failure(test, false);
                if (failure.isEmpty() && ServedRun.hasTypedForm(test)) {
                    typed++;
                    String asTyped = served.failure(test, true);
                    failure = asTyped.isEmpty() ? "" : "typed: " + asTyped;
                }
                if (!failure.isEmpty()) {
                    failures.put(test.name(), failure);
                }
            }
        }

        int required = cases.size() - beyondOnnxRuntime.size();
        System.out.printf(
                "ONNX conformance: %d cases; ONNX Runtime passes %d, of which this service passes %d (%d of them in typed"
                        + " form, too)%n",
                cases.size(), required, required - failures.size(), typed);
        assertThat(required).as("cases that ONNX Runtime passes").isGreaterThan(cases.size() * 3 / 4);
        Properties expected = expectedFailures();
        assertThat(failures.entrySet().stream().filter(entry -> !expected.containsKey(entry.getKey())))
                .as("failures that are not expected")
                .isEmpty();
        assertThat(expected.stringPropertyNames())
                .as("expected failures that are none: take them out of the list")
                .allMatch(failures::containsKey);
    }

    private static List<ConformanceCase> cases() throws IOException {
        String folder = System.getenv(CASES);
        if (folder == null || folder.isEmpty()) {
            System.out.printf("""

                    ********************************************************************************
                    SKIPPED: the ONNX conformance cases, for %s is not set.
                    They are in Debian's package libonnx-testdata:
                      apt-get download libonnx-testdata && dpkg -x libonnx-testdata_*.deb cases
                      export %s=$PWD/cases/usr/share/libonnx-testdata/data
                    ********************************************************************************

                    """, CASES, CASES);
            Assumptions.abort(CASES + " is not set");
        }
        List<ConformanceCase> cases = ConformanceCase.in(Path.of(folder));
        assertThat(cases).as("cases in %s", folder).hasSizeGreaterThan(CASES_OF_THE_PACKAGE);
        return cases;
    }

    private static void link(Path models, ConformanceCase test) throws IOException {
        Path version = Files.createDirectories(models.resolve(test.name())).resolve("1");
        Files.createSymbolicLink(version, test.folder());
    }

    private static int known(StandaloneProcess service) {
        return service.client()
                .stub()
                .repositoryIndex(RepositoryIndexRequest.getDefaultInstance())
                .getModelsCount();
    }

    /** Reasons by case. */
    private static Properties expectedFailures() throws IOException {
        Properties expected = new Properties();
        try (InputStream list = ConformanceIT.class.getResourceAsStream("/conformance/expected-failures.properties")) {
            expected.load(
                    new java.io.InputStreamReader(java.util.Objects.requireNonNull(list), StandardCharsets.UTF_8));
        }
        return expected;
    }
}
