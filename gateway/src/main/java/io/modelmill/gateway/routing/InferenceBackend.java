package io.modelmill.gateway.routing;

import io.modelmill.servicekit.security.Caller;
import java.util.ArrayList;
import java.util.List;

/**
 * The replicas of inference-service. A model's calls go to the first ready replica in the model's own order, so that the
 * model is loaded in few of them; the others follow, those that are not ready last: a look may be out of date.
 */
record InferenceBackend(ReplicaDirectory directory) implements Backend {
    static final String AUDIENCE = "inference-service";

    @Override
    public String audience() {
        return AUDIENCE;
    }

    List<InferenceReplica> replicas() {
        return directory.replicas();
    }

    @Override
    public List<Target> targets(Caller caller, byte[] request) {
        List<InferenceReplica> order =
                RendezvousHash.order(replicas(), InferenceReplica::address, ModelKeyCodec.read(request, caller));
        List<Target> targets = new ArrayList<>(order.size());
        List<Target> last = new ArrayList<>();
        for (InferenceReplica replica : order) {
            (replica.isReady() ? targets : last).add(replica);
        }
        targets.addAll(last);
        return targets;
    }

    /** Whether a prediction can be answered now. */
    boolean isReady() {
        return replicas().stream().anyMatch(InferenceReplica::isReady);
    }
}
