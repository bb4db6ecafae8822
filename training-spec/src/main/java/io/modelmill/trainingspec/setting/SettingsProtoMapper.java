package io.modelmill.trainingspec.setting;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Between the API's messages of settings, such as {@code Loss} or {@code Layer}, and those of a spec. A setting's name is its
 * field's; the field {@code type} names the entry.
 */
public final class SettingsProtoMapper {
    private static final String TYPE = "type";

    private SettingsProtoMapper() {}

    /** Takes the type and what is set, whether it belongs to the type or not. */
    public static Choice choice(Message message) {
        return new Choice(type(message), settings(message, Set.of()));
    }

    /** The entry that a message names. */
    public static String type(Message message) {
        return (String) message.getField(message.getDescriptorForType().findFieldByName(TYPE));
    }

    /** Takes what is set but for the type and the other fields that are no settings. */
    public static Map<String, Object> settings(Message message, Set<String> others) {
        Map<String, Object> settings = new HashMap<>();
        message.getAllFields().forEach((field, value) -> {
            if (isSetting(field, others)) {
                settings.put(field.getName(), value(value));
            }
        });
        return settings;
    }

    /**
     * Writes a choice into an empty message.
     *
     * @throws IllegalArgumentException if a setting is no field of the message
     */
    public static void write(Choice choice, Message.Builder message) {
        write(choice.type(), choice.settings(), Set.of(), message);
    }

    /** Writes a type and settings into a message, leaving its other fields. */
    public static void write(String type, Map<String, Object> settings, Set<String> others, Message.Builder message) {
        message.setField(message.getDescriptorForType().findFieldByName(TYPE), type);
        settings.forEach((name, value) -> {
            FieldDescriptor field = message.getDescriptorForType().findFieldByName(name);
            if (field == null || !isSetting(field, others)) {
                throw new IllegalArgumentException("no setting " + name);
            }
            message.setField(field, fieldValue(value));
        });
    }

    private static boolean isSetting(FieldDescriptor field, Set<String> others) {
        return !field.getName().equals(TYPE) && !others.contains(field.getName());
    }

    private static Object value(Object field) {
        return switch (field) {
            case Integer number -> number.longValue();
            case List<?> values ->
                values.stream().map(SettingsProtoMapper::value).toList();
            default -> field;
        };
    }

    private static Object fieldValue(Object value) {
        return switch (value) {
            case Long number -> Math.toIntExact(number);
            case List<?> values ->
                values.stream().map(SettingsProtoMapper::fieldValue).toList();
            default -> value;
        };
    }
}
