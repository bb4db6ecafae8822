package io.modelmill.gateway.routing;

import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/**
 * The replicas behind the configured targets. {@code dns:///host:port} stands for every address that the name has, as a
 * headless service of Kubernetes has one for each pod; any other target is one replica.
 */
final class ReplicaDirectory {
    private static final Logger LOG = Logger.getLogger(ReplicaDirectory.class);
    private static final Pattern NAME = Pattern.compile("dns:///([^:/]+):([0-9]+)");

    private final List<String> targets;
    private final Names names;
    private final Function<String, InferenceReplica> connector;
    /** Told once each; touched by {@link #refresh} alone. */
    private final Set<String> unknown = new HashSet<>();

    private volatile List<InferenceReplica> replicas = List.of();

    /** @param connector opens the connection to one address */
    ReplicaDirectory(List<String> targets, Names names, Function<String, InferenceReplica> connector) {
        this.targets = List.copyOf(targets);
        this.names = names;
        this.connector = connector;
    }

    List<InferenceReplica> replicas() {
        return replicas;
    }

    /** Looks the names up again, on one thread at a time: connects to new addresses and leaves those that are gone once their calls are done. */
    void refresh() {
        SequencedSet<String> addresses = new LinkedHashSet<>();
        for (String target : targets) {
            Matcher name = NAME.matcher(target);
            try {
                if (name.matches()) {
                    addresses.addAll(names.addresses(name.group(1), Integer.parseInt(name.group(2))));
                    unknown.remove(target);
                } else {
                    addresses.add(target);
                }
            } catch (UnknownHostException e) {
                // A name server that is away must not take the replicas away: they stay until a name is known again.
                if (unknown.add(target)) {
                    LOG.warnf("%s has no address now", target);
                }
                replicas.forEach(known -> addresses.add(known.address()));
            }
        }
        Map<String, InferenceReplica> gone = new LinkedHashMap<>();
        replicas.forEach(known -> gone.put(known.address(), known));
        if (gone.keySet().equals(addresses)) {
            return;
        }
        replicas = addresses.stream()
                .map(address -> {
                    InferenceReplica known = gone.remove(address);
                    return known == null ? connector.apply(address) : known;
                })
                .toList();
        LOG.infof("inference replicas: %s", addresses);
        gone.values().forEach(InferenceReplica::leave);
    }

    /** Turns a host's name into addresses. */
    @FunctionalInterface
    interface Names {
        /** Addresses as {@code ip:port}. */
        List<String> addresses(String host, int port) throws UnknownHostException;
    }
}
