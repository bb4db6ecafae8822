package io.modelmill.training.run.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The check of manifests finds what an API server would refuse or drop in silence. */
class PublishedSchemasTest {
    private static final String JOB = """
            {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "one"},
             "spec": {%s"template": {"spec": {"containers": [{"name": "worker"%s}]}}}}""";

    @Test
    void takesWhatIsPublished() {
        assertThat(PublishedSchemas.faults(JOB.formatted("\"podReplacementPolicy\": \"Failed\", ", "")))
                .isEmpty();
    }

    @Test
    void refusesUnknownFieldsWrongTypesAndMissingOnes() {
        assertThat(PublishedSchemas.faults(JOB.formatted("\"podReplacement\": \"Failed\", ", "")))
                .singleElement()
                .asString()
                .contains("podReplacement");
        assertThat(PublishedSchemas.faults(JOB.formatted("\"backoffLimit\": \"0\", ", "")))
                .singleElement()
                .asString()
                .contains("/spec/backoffLimit");
        assertThat(PublishedSchemas.faults(JOB.formatted("", ", \"gpus\": 1")))
                .singleElement()
                .asString()
                .contains("gpus");
        assertThat(PublishedSchemas.faults("{\"apiVersion\": \"batch/v1\", \"kind\": \"Job\", \"spec\": {}}"))
                .singleElement()
                .asString()
                .contains("template");
        assertThat(PublishedSchemas.faults("{\"apiVersion\": \"batch/v1\", \"kind\": \"CronJob\"}"))
                .singleElement()
                .asString()
                .startsWith("no schema for this kind");
    }
}
