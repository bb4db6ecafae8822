package io.modelmill.inference.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * All that a replica must know to serve a model.
 *
 * @param revision rises with every change; a state with a lower one is older
 * @param versions those that are READY, by number
 * @param aliases version number by alias; a target may have left {@code versions}
 */
public record ServedModel(
        ModelKey key, long revision, Grant grant, Map<Long, ServedVersion> versions, Map<String, Long> aliases) {
    public ServedModel {
        versions = Map.copyOf(versions);
        aliases = Map.copyOf(aliases);
    }

    public static ServedModel of(
            ModelKey key, long revision, Grant grant, List<ServedVersion> versions, Map<String, Long> aliases) {
        return new ServedModel(
                key,
                revision,
                grant,
                versions.stream().collect(Collectors.toMap(ServedVersion::number, Function.identity())),
                aliases);
    }

    /** The version of that number, if it is READY. */
    public Optional<ServedVersion> version(long number) {
        return Optional.ofNullable(versions.get(number));
    }

    /** Numbers of the READY versions, ascending. */
    public List<Long> numbers() {
        return List.copyOf(new TreeMap<>(versions).keySet());
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
}
