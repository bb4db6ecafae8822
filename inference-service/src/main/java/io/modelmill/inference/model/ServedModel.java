package io.modelmill.inference.model;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * All that a replica must know to serve a model.
 *
 * @param revision rises with every change; a state with a lower one is older
 * @param versions those that are READY, by number
 * @param withdrawn versions that are there and must not answer, by number; none of them is among {@code versions}
 * @param aliases version number by alias; a target may have left {@code versions}
 */
public record ServedModel(
        ModelKey key,
        long revision,
        Grant grant,
        Map<Long, ServedVersion> versions,
        Map<Long, Withdrawal> withdrawn,
        Map<String, Long> aliases) {
    public ServedModel {
        versions = Map.copyOf(versions);
        withdrawn = Map.copyOf(withdrawn);
        aliases = Map.copyOf(aliases);
    }

    public static ServedModel of(
            ModelKey key, long revision, Grant grant, List<ServedVersion> versions, Map<String, Long> aliases) {
        return new ServedModel(
                key,
                revision,
                grant,
                versions.stream().collect(Collectors.toMap(ServedVersion::number, Function.identity())),
                Map.of(),
                aliases);
    }

    /** The same, without those of these versions that are withdrawn. */
    public ServedModel withdrawing(Map<Long, Withdrawal> withdrawals) {
        Map<Long, ServedVersion> left = new HashMap<>(versions);
        left.keySet().removeAll(withdrawals.keySet());
        return new ServedModel(key, revision, grant, left, withdrawals, aliases);
    }

    /** The version of that number, if it is READY. */
    public Optional<ServedVersion> version(long number) {
        return Optional.ofNullable(versions.get(number));
    }

    /** Numbers of the READY versions, ascending. */
    public List<Long> numbers() {
        return List.copyOf(new TreeMap<>(versions).keySet());
    }

    /** Numbers of all versions, the withdrawn ones too, ascending. */
    public List<Long> allNumbers() {
        TreeSet<Long> all = new TreeSet<>(versions.keySet());
        all.addAll(withdrawn.keySet());
        return List.copyOf(all);
    }

    /** The alias that the choice goes through, if any. */
    public Optional<String> alias(VersionChoice choice) {
        return switch (choice) {
            case VersionChoice.Unnamed _ ->
                aliases.containsKey(VersionChoice.PRODUCTION)
                        ? Optional.of(VersionChoice.PRODUCTION)
                        : Optional.empty();
            case VersionChoice.Numbered _ -> Optional.empty();
            case VersionChoice.Alias alias ->
                aliases.containsKey(alias.id()) ? Optional.of(alias.id()) : Optional.empty();
        };
    }

    /** The READY version that the choice means, if there is one. */
    public Optional<ServedVersion> target(VersionChoice choice) {
        Optional<String> alias = alias(choice);
        if (alias.isPresent()) {
            return Optional.ofNullable(aliases.get(alias.get())).flatMap(this::version);
        }
        return switch (choice) {
            case VersionChoice.Unnamed _ ->
                versions.keySet().stream().max(Long::compare).flatMap(this::version);
            case VersionChoice.Numbered number ->
                VersionChoice.NUMBER.matcher(number.digits()).matches()
                        ? version(Long.parseLong(number.digits()))
                        : Optional.empty();
            case VersionChoice.Alias _ -> Optional.empty();
        };
    }

    /** The withdrawn version that the choice means, if there is one: no other answers in its place. */
    public Optional<Long> withdrawn(VersionChoice choice) {
        Optional<String> alias = alias(choice);
        if (alias.isPresent()) {
            return Optional.ofNullable(aliases.get(alias.get())).filter(withdrawn::containsKey);
        }
        return switch (choice) {
            case VersionChoice.Unnamed _ ->
                versions.isEmpty() ? withdrawn.keySet().stream().max(Long::compare) : Optional.empty();
            case VersionChoice.Numbered number ->
                VersionChoice.NUMBER.matcher(number.digits()).matches()
                        ? Optional.of(Long.parseLong(number.digits())).filter(withdrawn::containsKey)
                        : Optional.empty();
            case VersionChoice.Alias _ -> Optional.empty();
        };
    }
}
