package io.modelmill.training.run.kubernetes;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.List;
import java.util.Map;

/** The service as it is configured in a cluster, with an API server of the test. */
public class OnCluster implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
        return Map.of(
                "modelmill.runner.type", "kubernetes",
                "modelmill.runner.kubernetes.namespace", ClusterServer.NAMESPACE,
                "modelmill.runner.kubernetes.image", "registry.example.com/ml/worker:1",
                "modelmill.runner.kubernetes.training-address", "dns:///training:7421",
                // The watches tell long before.
                "modelmill.runner.kubernetes.poll-interval", "PT3S");
    }

    @Override
    public List<TestResourceEntry> testResources() {
        return List.of(new TestResourceEntry(Resource.class));
    }

    /** The API server, where the client looks for it by itself. */
    public static class Resource implements QuarkusTestResourceLifecycleManager {
        private static final String MASTER = "kubernetes.master";

        private final ClusterServer cluster = new ClusterServer();

        @Override
        public Map<String, String> start() {
            System.setProperty(MASTER, cluster.url());
            // On a busy machine the first calls of a test are slow.
            return Map.of("modelmill.job.lease", "PT1M");
        }

        /** Behind the one that makes leases short. */
        @Override
        public int order() {
            return 1;
        }

        @Override
        public void inject(TestInjector injector) {
            injector.injectIntoFields(cluster, field -> field.getType().equals(ClusterServer.class));
        }

        @Override
        public void stop() {
            System.clearProperty(MASTER);
            cluster.close();
        }
    }
}
