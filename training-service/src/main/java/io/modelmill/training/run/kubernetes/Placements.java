package io.modelmill.training.run.kubernetes;

import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where workers of each class may run. */
final class Placements {
    private static final String NAME = "[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?";
    private static final String KEY = "(?:[a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?" + NAME;
    private static final Pattern LABEL = Pattern.compile("(?<key>" + KEY + ")=(?<value>(" + NAME + ")?)");
    private static final Pattern TAINT = Pattern.compile(
            "(?<key>" + KEY + ")(=(?<value>(" + NAME + ")?))?(:(?<effect>NoSchedule|PreferNoSchedule|NoExecute))?");

    private final Placement everywhere;
    private final Map<String, Placement> classes = new HashMap<>();

    /** @param faults gets all that is wrong with the settings */
    Placements(KubernetesRunnerConfig config, List<String> faults) {
        everywhere = read("modelmill.runner.kubernetes", config.nodeSelector(), config.tolerations(), faults);
        config.classes()
                .forEach((name, placement) -> classes.put(
                        name,
                        read(
                                "modelmill.runner.kubernetes.class." + name,
                                placement.nodeSelector(),
                                placement.tolerations(),
                                faults)));
    }

    /** What holds for all with what holds for the class, which wins over it. */
    Placement of(String resourceClass) {
        Placement own = classes.getOrDefault(resourceClass, Placement.ANYWHERE);
        Map<String, String> labels = new LinkedHashMap<>(everywhere.nodeSelector());
        labels.putAll(own.nodeSelector());
        List<Toleration> tolerations = new ArrayList<>(everywhere.tolerations());
        tolerations.addAll(own.tolerations());
        return new Placement(labels, tolerations);
    }

    private static Placement read(
            String property, Optional<List<String>> labels, Optional<List<String>> taints, List<String> faults) {
        Map<String, String> nodeSelector = new LinkedHashMap<>();
        for (String label : labels.orElse(List.of())) {
            Matcher matcher = LABEL.matcher(label);
            if (matcher.matches()) {
                nodeSelector.put(matcher.group("key"), matcher.group("value"));
            } else {
                faults.add(property + ".node-selector: \"" + label + "\" (expected: label=value)");
            }
        }
        List<Toleration> tolerations = new ArrayList<>();
        for (String taint : taints.orElse(List.of())) {
            Matcher matcher = TAINT.matcher(taint);
            if (matcher.matches()) {
                String value = matcher.group("value");
                tolerations.add(new TolerationBuilder()
                        .withKey(matcher.group("key"))
                        .withOperator(value == null ? "Exists" : "Equal")
                        .withValue(value)
                        .withEffect(matcher.group("effect"))
                        .build());
            } else {
                faults.add(property + ".tolerations: \"" + taint
                        + "\" (expected: key[=value][:NoSchedule|PreferNoSchedule|NoExecute])");
            }
        }
        return new Placement(nodeSelector, tolerations);
    }

    /** Which nodes. */
    record Placement(Map<String, String> nodeSelector, List<Toleration> tolerations) {
        private static final Placement ANYWHERE = new Placement(Map.of(), List.of());
    }
}
