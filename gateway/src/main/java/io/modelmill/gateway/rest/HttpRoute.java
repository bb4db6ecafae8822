package io.modelmill.gateway.rest;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.grpc.MethodDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A gRPC method as an HTTP method and path, in the manner of google.api.http: {@code {name=tenants/*}} takes the part of
 * the path into a field of the request.
 *
 * @param body the request's field that the body is, {@value #WHOLE} if it is the request itself, or empty if there is no body
 */
record HttpRoute(
        String httpMethod,
        String template,
        Pattern path,
        List<String> fields,
        String body,
        MethodDescriptor<Message, Message> method,
        Message requestPrototype) {
    /** The body is the request, in which the path sets what it names. */
    private static final String WHOLE = "*";

    private static final Pattern VARIABLE = Pattern.compile("\\{([a-z_.]+)=([^}]+)}");

    /** @param template such as {@code {parent=tenants/*}/models}, without the leading {@code /v1/} */
    static HttpRoute of(
            String httpMethod,
            String template,
            String body,
            MethodDescriptor<Message, Message> method,
            Message requestPrototype) {
        StringBuilder regex = new StringBuilder();
        List<String> fields = new ArrayList<>();
        Matcher variable = VARIABLE.matcher(template);
        int end = 0;
        while (variable.find()) {
            regex.append(Pattern.quote(template.substring(end, variable.start())))
                    .append('(')
                    .append(variable.group(2).replace("*", "[^/:]+"))
                    .append(')');
            fields.add(variable.group(1));
            end = variable.end();
        }
        regex.append(Pattern.quote(template.substring(end)));
        return new HttpRoute(
                httpMethod,
                template,
                Pattern.compile(regex.toString()),
                List.copyOf(fields),
                body,
                method,
                requestPrototype);
    }

    /** The values that the path gives to {@link #fields}, or empty if it is another path. */
    Optional<List<String>> match(String requestPath) {
        Matcher matcher = path.matcher(requestPath);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        List<String> values = new ArrayList<>();
        for (int group = 1; group <= matcher.groupCount(); group++) {
            values.add(matcher.group(group));
        }
        return Optional.of(values);
    }

    /** An empty request. */
    Message.Builder newRequest() {
        return requestPrototype.newBuilderForType();
    }

    /** The part of the request that the body is. */
    Optional<Message.Builder> bodyOf(Message.Builder request) {
        if (body.equals(WHOLE)) {
            return Optional.of(request);
        }
        return body.isEmpty() ? Optional.empty() : Optional.of(request.getFieldBuilder(field(request, body)));
    }

    /** Writes what the path named into the request; it goes above what the body says. */
    void bindPath(List<String> values, Message.Builder request) {
        for (int i = 0; i < values.size(); i++) {
            Message.Builder target = request;
            String[] steps = fields.get(i).split("\\.", -1);
            for (int step = 0; step < steps.length - 1; step++) {
                target = target.getFieldBuilder(field(target, steps[step]));
            }
            target.setField(field(target, steps[steps.length - 1]), values.get(i));
        }
    }

    private static FieldDescriptor field(Message.Builder message, String name) {
        FieldDescriptor field = message.getDescriptorForType().findFieldByName(name);
        if (field == null) {
            throw new IllegalStateException(
                    "no field " + name + " in " + message.getDescriptorForType().getFullName());
        }
        return field;
    }
}
