package io.modelmill.inference.protocol;

import io.modelmill.proto.inference.InferParameter;
import io.modelmill.servicekit.error.Violations;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Reads a request's own parameters. Those of other servers' backends are nothing to this one and pass unread. */
final class RequestParametersCodec {
    private static final String PRIORITY = "priority";
    private static final String TIMEOUT = "timeout";

    /** Names that begin so are the protocol's own; one that it does not know is a mistake. */
    private static final String RESERVED_PREFIX = "triton_";

    private static final String EMPTY_FINAL_RESPONSE = "triton_enable_empty_final_response";

    private RequestParametersCodec() {}

    /** Reads the parameters, noting what is wrong with them. */
    static RequestParameters read(Map<String, InferParameter> parameters, Violations violations) {
        if (parameters.isEmpty()) {
            return RequestParameters.NONE;
        }
        for (String name : parameters.keySet()) {
            if (name.startsWith(RESERVED_PREFIX) && !name.equals(EMPTY_FINAL_RESPONSE)) {
                violations.add(
                        "parameters",
                        name,
                        "no name that begins with " + RESERVED_PREFIX + ", but " + EMPTY_FINAL_RESPONSE);
                break;
            }
        }
        long priority =
                whole(parameters, PRIORITY, "1 for the highest, more for lower ones, 0 for the default", violations);
        long timeoutMicros = whole(parameters, TIMEOUT, "microseconds, 0 for none", violations);
        return new RequestParameters(priority, TimeUnit.MICROSECONDS.toNanos(timeoutMicros));
    }

    /** A number from 0; clients send it as either integer or as text. Beyond a long's range it is the largest. */
    private static long whole(
            Map<String, InferParameter> parameters, String name, String meaning, Violations violations) {
        InferParameter parameter = parameters.get(name);
        if (parameter == null) {
            return 0;
        }
        return switch (parameter.getParameterChoiceCase()) {
            case INT64_PARAM -> positive(parameter.getInt64Param(), name, meaning, violations);
            case UINT64_PARAM -> parameter.getUint64Param() < 0 ? Long.MAX_VALUE : parameter.getUint64Param();
            case STRING_PARAM -> parsed(parameter.getStringParam(), name, meaning, violations);
            case BOOL_PARAM, DOUBLE_PARAM, PARAMETERCHOICE_NOT_SET -> {
                violations.add(
                        "parameters." + name,
                        parameter.getParameterChoiceCase(),
                        "an int64_param, uint64_param or string_param: " + meaning);
                yield 0;
            }
        };
    }

    private static long parsed(String text, String name, String meaning, Violations violations) {
        try {
            return positive(Long.parseLong(text), name, meaning, violations);
        } catch (NumberFormatException e) {
            violations.add("parameters." + name, text, "a whole number: " + meaning);
            return 0;
        }
    }

    private static long positive(long value, String name, String meaning, Violations violations) {
        violations.check(value >= 0, "parameters." + name, value, ">= 0: " + meaning);
        return Math.max(0, value);
    }
}
