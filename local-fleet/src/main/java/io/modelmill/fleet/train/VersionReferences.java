package io.modelmill.fleet.train;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.grpc.StatusException;
import java.util.List;

/** Versions that a spec names in short: {@code digits} is the newest READY one of the tenant's model, {@code digits/3} is the third. */
final class VersionReferences {
    private static final List<List<String>> FIELDS =
            List.of(List.of("quantization", "parentVersion"), List.of("distillation", "teacherVersion"));

    private VersionReferences() {}

    /** Finds the newest READY version of a model. */
    interface Newest {
        String of(String model) throws StatusException;
    }

    /**
     * The spec with full names.
     *
     * @param tenant {@code tenants/{tenant}}
     */
    static String resolve(String spec, String tenant, Newest newest) throws StatusException {
        JsonObject root = JsonParser.parseString(spec).getAsJsonObject();
        for (List<String> field : FIELDS) {
            JsonElement outer = root.get(field.getFirst());
            if (outer == null || !(outer.getAsJsonObject().get(field.getLast()) instanceof JsonPrimitive name)) {
                continue;
            }
            String given = name.getAsString();
            if (!given.startsWith("tenants/") && !given.isEmpty()) {
                int slash = given.indexOf('/');
                outer.getAsJsonObject()
                        .addProperty(
                                field.getLast(),
                                slash < 0
                                        ? newest.of(given)
                                        : tenant + "/models/" + given.substring(0, slash) + "/versions/"
                                                + given.substring(slash + 1));
            }
        }
        return root.toString();
    }
}
