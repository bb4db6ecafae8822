package io.modelmill.helm.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The check of manifests must itself refuse what Kubernetes refuses. */
class ManifestsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {port: 1}}",
                "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: '1'}]}}",
                "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {A: 1}}",
                "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {A: true}}",
                "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, name: b}}",
                "{apiVersion: v1, kind: ServiceAccount, metadata: {name: a}, automountServiceAccountToken: 'false'}",
                "{apiVersion: v2, kind: Service, metadata: {name: a}}",
                "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {template: {spec: {containers: "
                        + "[{name: a, env: [{name: A, value: 1}]}]}}}}",
                """
                {apiVersion: v1, kind: Service, metadata: {name: a}}
                ---
                {apiVersion: v1, kind: Service, metadata: {name: a}}
                """
            })
    void refuses(String yaml) {
        assertThatThrownBy(() -> new Manifests(yaml)).isInstanceOf(Throwable.class);
    }

    @Test
    void reads() {
        Manifests manifests = new Manifests("""
                ---
                # nothing
                ---
                {apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {A: "1"}}
                """);
        assertThat(manifests.all()).hasSize(1);
    }
}
