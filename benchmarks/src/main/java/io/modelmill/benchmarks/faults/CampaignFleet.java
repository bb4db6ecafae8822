package io.modelmill.benchmarks.faults;

import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.process.Poll;
import io.modelmill.fleet.process.Processes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** The servers of a campaign, the links between them, and the workers that they start. */
final class CampaignFleet implements AutoCloseable {
    private static final Duration READY = Duration.ofMinutes(3);
    private static final Duration GRACE = Duration.ofSeconds(10);

    private final CampaignServers servers;
    private final Map<Target, Node> nodes = new EnumMap<>(Target.class);
    private final Map<Target, Forwarder> links = new EnumMap<>(Target.class);

    CampaignFleet(CampaignServers servers, Consumer<String> log) {
        this.servers = servers;
        nodes.put(Target.POSTGRES, new Node(servers.postgres(), log));
        nodes.put(Target.KAFKA, new Node(servers.kafka(), log));
        nodes.put(Target.REGISTRY, new Node(servers.registry(), log));
        nodes.put(
                Target.TRAINING_A,
                new Node(
                        servers.training(
                                CampaignServers.TRAINING_A,
                                Target.TRAINING_A_TO_POSTGRES,
                                Target.WORKERS_TO_TRAINING_A),
                        log));
        nodes.put(
                Target.TRAINING_B,
                new Node(
                        servers.training(
                                CampaignServers.TRAINING_B,
                                Target.TRAINING_B_TO_POSTGRES,
                                Target.WORKERS_TO_TRAINING_B),
                        log));
        nodes.put(Target.GATEWAY, new Node(servers.gateway(), log));
    }

    CampaignServers servers() {
        return servers;
    }

    /** Starts all and waits until they can answer. */
    void start() {
        servers.folder().create();
        servers.keys().create();
        try {
            Files.createDirectories(servers.ledger());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (Target target : Target.values()) {
            if (target.isLink()) {
                links.put(target, Forwarder.listen(servers.at(target.name()), servers.behind(target)));
            }
        }
        for (List<Target> stage : List.of(
                List.of(Target.POSTGRES, Target.KAFKA),
                // One replica makes the database's tables; the other finds them.
                List.of(Target.REGISTRY, Target.TRAINING_A, Target.TRAINING_B, Target.GATEWAY))) {
            stage.forEach(target -> node(target).start());
            awaitReady(stage);
        }
    }

    Node node(Target target) {
        Node node = nodes.get(target);
        if (node == null) {
            throw new IllegalArgumentException(target + " is no server");
        }
        return node;
    }

    Forwarder link(Target target) {
        Forwarder link = links.get(target);
        if (link == null) {
            throw new IllegalArgumentException(target + " is no link");
        }
        return link;
    }

    /** Starts servers again that ended by themselves. */
    void revive() {
        nodes.values().forEach(Node::revive);
    }

    /** Worker processes that run, oldest number first. */
    List<ProcessHandle> workers() {
        String mark = "-D" + WorkerLedger.PROPERTY + "=" + servers.ledger();
        return ProcessHandle.allProcesses()
                .filter(process -> process.info()
                        .arguments()
                        .filter(arguments -> List.of(arguments).contains(mark))
                        .isPresent())
                // A service has it among its settings, not as an option of its own.
                .sorted()
                .toList();
    }

    /** Makes every fault good and waits until all can answer. */
    void heal() {
        links.values().forEach(link -> link.set(Forwarder.Mode.OPEN));
        Signals.resume(workers());
        List<Target> all = new ArrayList<>(nodes.keySet());
        for (Target target : all) {
            node(target).resume();
            node(target).start();
        }
        awaitReady(all);
    }

    /** Ends all, workers included, whatever state they are in. */
    @Override
    public void close() throws IOException {
        for (Target target : List.of(
                Target.GATEWAY, Target.TRAINING_A, Target.TRAINING_B, Target.REGISTRY, Target.KAFKA, Target.POSTGRES)) {
            node(target).close(GRACE);
        }
        Processes.kill(workers());
        for (Forwarder link : links.values()) {
            link.close();
        }
    }

    private void awaitReady(List<Target> targets) {
        Optional<Boolean> ready = Poll.until(READY, () -> {
            targets.forEach(target -> node(target).revive());
            return targets.stream().allMatch(target -> node(target).isReady()) ? Optional.of(true) : Optional.empty();
        });
        if (ready.isEmpty()) {
            throw new FleetException("not ready within " + READY.toSeconds() + " s: "
                    + targets.stream()
                            .map(this::node)
                            .filter(node -> !node.isReady())
                            .map(node -> node.name() + " (" + servers.folder().log(node.name()) + ")")
                            .toList());
        }
    }
}
