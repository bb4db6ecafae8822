package io.modelmill.registry.api;

import com.google.protobuf.FieldMask;
import com.google.protobuf.Message;
import io.modelmill.servicekit.error.Violations;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Which fields an update is for (AIP-134): those of the mask, or without a mask those that are set. */
final class UpdateMasks {
    private UpdateMasks() {}

    /**
     * The fields to change.
     *
     * @param fields all that may change
     * @throws io.modelmill.servicekit.error.ServiceException INVALID_ARGUMENT if the mask names other fields or nothing is
     *     left to do
     */
    static Set<String> paths(FieldMask mask, Message message, List<String> fields) {
        Set<String> paths = new LinkedHashSet<>(mask.getPathsList());
        if (paths.isEmpty()) {
            message.getAllFields().keySet().stream()
                    .map(field -> field.getName())
                    .filter(fields::contains)
                    .forEach(paths::add);
            if (paths.isEmpty()) {
                throw Violations.of("update_mask", "no field", "at least one of " + fields);
            }
        }
        if (paths.remove("*")) {
            paths.addAll(fields);
        }
        Violations violations = new Violations();
        int index = 0;
        for (String path : paths) {
            violations.check(fields.contains(path), "update_mask.paths[" + index + "]", path, "one of " + fields);
            index++;
        }
        violations.throwIfAny();
        return paths;
    }
}
